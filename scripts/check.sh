#!/usr/bin/env bash
# check.sh : every check that needs no Engine, all of them even if one fails. Prints one line for each and, for CI,
# ends with the counts in the file named by FAIRLEAD_CHECK_COUNTS. Exit status 1 if any failed.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
passed=0 failed=0
output=$(mktemp)
trap 'rm -f "$output"' EXIT

check() { # <title> <command...>
  local started=$SECONDS
  local title=$1
  shift
  if "$@" >"$output" 2>&1 </dev/null; then
    passed=$((passed + 1))
    printf '\033[32mok\033[0m      %s (%d s)\n' "$title" $((SECONDS - started))
  else
    failed=$((failed + 1))
    printf '\033[31mFAILED\033[0m  %s (%d s): %s\n' "$title" $((SECONDS - started)) "$*"
    sed 's/^/    /' "$output"
  fi
}

shell_syntax() {
  local file status=0
  for file in $(git ls-files '*.sh' .ci/run); do bash -n "$file" || status=1; done
  return $status
}

check 'format and lint (Biome)' npx --no-install biome check
check 'promises and types (oxlint)' npx --no-install oxlint --type-aware
check 'types (tsc)' npm run --silent typecheck
check 'imports between layers (dependency-cruiser)' npm run --silent imports
check 'dead code (knip)' npm run --silent deadcode
check 'OpenAPI document equals the routes' npm run --silent openapi:check
check 'shell scripts parse' shell_syntax

if [ -n "${FAIRLEAD_CHECK_COUNTS:-}" ]; then echo "$passed $failed" >"$FAIRLEAD_CHECK_COUNTS"; fi
[ "$failed" = 0 ]
