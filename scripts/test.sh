#!/usr/bin/env bash
# test.sh [vitest arguments] : sets up everything the tests use and runs them all.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/prepare.sh --build
scripts/bed/up.sh --tests
exec npx --no-install vitest run "$@"
