#!/bin/sh
# Like the official image's: a first argument that is an option or no command is meant for node.
set -e
case ${1:-} in
  -*) set -- node "$@" ;;
  *) command -v "${1:-node}" >/dev/null || set -- node "$@" ;;
esac
exec "$@"
