#!/usr/bin/env bash
# run.sh : from a fresh clone to a serving Fairlead, in the foreground, with whatever is missing set up first.
# Settings come from the environment and from .env (see .env.example).
set -euo pipefail
cd "$(dirname "$0")/.."

step() { printf '\033[36m==>\033[0m %s\n' "$*"; }

if [ -f .env ]; then
  step 'Reading settings from .env'
  # What the environment already says wins over the file.
  while IFS='=' read -r name value; do
    case $name in '' | '#'*) continue ;; esac
    [ -n "${!name+set}" ] || export "$name=$value"
  done <.env
fi

scripts/prepare.sh --build

if [ -n "${DOCKER_HOST:-}" ]; then
  step "Using the Engine at $DOCKER_HOST (DOCKER_HOST is set)"
else
  step 'Looking for a Docker Engine on /var/run/docker.sock (one is installed and started if there is none)'
  scripts/bed/up.sh
fi

log=${FAIRLEAD_DATA_DIR:-data}/log/fairlead.log
# Nobody else reads what is in the data folder.
(umask 077 && mkdir -p "$(dirname "$log")" && : >"$log")
url=http://${HOST:-127.0.0.1}:${PORT:-3000}
step "Starting Fairlead on $url  (Swagger UI: $url/docs, log: $log, stop with Ctrl-C)"
if [ -z "${FAIRLEAD_ADMIN_TOKEN:-}${FAIRLEAD_ADMIN_TOKEN_FILE:-}" ]; then
  step 'At its first start the server makes an admin token and prints it below, once: keep it'
fi

# exec: signals reach the server itself. Its log goes to a file as JSON, and here as people read it; what it says to the operator
# alone, such as a new token, comes on standard error and is in no file.
if [ -t 1 ]; then show=(node node_modules/pino-pretty/bin.js --singleLine --translateTime SYS:HH:MM:ss --ignore pid,hostname); else show=(cat); fi
exec node dist/main.js serve > >(
  trap '' INT # Ctrl-C is for the server: what copies its log goes on to the last line
  tee -i -p -a "$log" | "${show[@]}"
)
