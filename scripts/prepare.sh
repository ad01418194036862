#!/usr/bin/env bash
# prepare.sh [--build] : installs the npm packages if they are missing or not those of package-lock.json, and builds dist/ if
# a source is newer than it. Does nothing, quickly, when all is in place.
set -euo pipefail
cd "$(dirname "$0")/.."

step() { printf '\033[36m==>\033[0m %s\n' "$*"; }

command -v node >/dev/null || {
  echo 'fairlead: Node.js is not installed; version 20.19 or newer is needed (https://nodejs.org/en/download)' >&2
  exit 1
}
node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)' || {
  echo "fairlead: Node.js $(node --version) is too old; version 20.19 or newer is needed (https://nodejs.org/en/download)" >&2
  exit 1
}

# npm keeps a copy of the lockfile of what it installed: the two differ exactly when node_modules is stale.
installed() {
  node -e '
    const read = (file) => JSON.parse(require("fs").readFileSync(file, "utf8")).packages;
    const has = read("node_modules/.package-lock.json");
    for (const [path, { version, optional, devOptional, extraneous, link }] of Object.entries(read("package-lock.json")))
      if (path !== "" && !optional && !devOptional && !extraneous && !link && has[path]?.version !== version) process.exit(1);' 2>/dev/null
}
if ! installed; then
  step 'Installing npm packages (npm ci)'
  npm ci --no-audit --no-fund
fi

if [ "${1:-}" = --build ]; then
  stamp=dist/.tsbuildinfo
  if [ ! -f "$stamp" ] || [ ! -f dist/main.js ] || ! compgen -G 'dist/database-template-*' >/dev/null ||
    [ -n "$(find src tsconfig.json tsconfig.build.json package-lock.json -newer "$stamp" -print -quit)" ]; then
    step 'Building dist/ (npm run build)'
    npm run --silent build
    touch "$stamp"
  fi
fi
