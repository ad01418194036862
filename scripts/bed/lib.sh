# Shared by the scripts beside it; sourced, never run.
# shellcheck shell=bash
set -euo pipefail

BED_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
PROJECT_DIR=$(cd "$BED_DIR/../.." && pwd)
export FAIRLEAD_CACHE=${FAIRLEAD_CACHE:-$HOME/.cache/fairlead}

ENGINE20_SOCKET=${FAIRLEAD_ENGINE20_SOCKET:-/var/run/docker.sock}
ENGINE26_SOCKET=${FAIRLEAD_ENGINE26_SOCKET:-/tmp/fairlead-engine26/docker.sock}
TRIXIE_DIR=$FAIRLEAD_CACHE/trixie

say() { printf '  %s\n' "$*" >&2; }

# die "what is wrong" "what to do about it"
die() {
  printf 'fairlead: %s\n' "$1" >&2
  [ $# -lt 2 ] || printf '          %s\n' "$2" >&2
  exit 1
}

is_root() { [ "$(id -u)" = 0 ]; }

# Debian and Ubuntu as root are the machines on which the scripts may install packages by themselves.
can_install() { is_root && command -v apt-get >/dev/null && command -v dpkg-query >/dev/null; }

engine_answers() { [ -S "$1" ] && curl -fsS -m 3 --unix-socket "$1" http://engine/_ping 2>/dev/null | grep -q OK; }

engine_version() {
  curl -fsS -m 5 --unix-socket "$1" http://engine/version 2>/dev/null | sed -nE 's/^\{"Platform".*"Version":"([0-9][^"]*)","ApiVersion".*/\1/p'
}

has_image() { [ "$(curl -s -o /dev/null -m 10 -w '%{http_code}' --unix-socket "$1" "http://engine/images/$2/json")" = 200 ]; }
