#!/usr/bin/env bash
# make-secrets.sh [folder] : makes the secrets of docker-compose.yml in ./secrets, once. What is there is kept.
set -euo pipefail
folder=${1:-$(cd "$(dirname "$0")/.." && pwd)/secrets}

random() { od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }

# Nobody else passes the folder; the files themselves are readable, since the servers inside read them as users of their own.
mkdir -p "$folder"
chmod 700 "$folder"
make() { # <name> <value>
  [ ! -e "$folder/$1" ] || return 0
  printf '%s' "$2" >"$folder/$1"
  chmod 444 "$folder/$1"
  echo "made $folder/$1"
}
make postgres_password "$(random 24)"
make database_url "postgres://fairlead:$(cat "$folder/postgres_password")@postgres:5432/fairlead"
make admin_token "flt_$(random 24)"
