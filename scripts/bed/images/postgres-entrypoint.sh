#!/bin/sh
# The part of the official image's entrypoint that tests rely on: POSTGRES_USER, POSTGRES_PASSWORD, POSTGRES_DB (each also
# as NAME_FILE), POSTGRES_HOST_AUTH_METHOD, POSTGRES_INITDB_ARGS, PGDATA, *.sql and *.sh in /docker-entrypoint-initdb.d.
set -eu
: "${PGDATA:=/var/lib/postgresql/data}"
export PGDATA

# A secret may come as the name of a file that holds it.
from_file() {
  eval "file=\${$1_FILE:-}"
  if [ -n "$file" ]; then
    value=$(cat "$file")
    eval "export $1=\$value"
  fi
}

case ${1:-} in -*) set -- postgres "$@" ;; esac
[ "${1:-}" = postgres ] || exec "$@"

if [ "$(id -u)" = 0 ]; then
  # Started as root because the data folder is a tmpfs or a bind mount: hand it over, then give root up.
  mkdir -p "$PGDATA" /run/postgresql
  chown -R postgres:postgres "$PGDATA" /run/postgresql
  chmod 700 "$PGDATA"
  exec /usr/bin/setpriv --reuid=999 --regid=999 --clear-groups "$0" "$@"
fi

from_file POSTGRES_USER
from_file POSTGRES_PASSWORD
from_file POSTGRES_DB
user=${POSTGRES_USER:-postgres}
database=${POSTGRES_DB:-$user}
method=${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}
mkdir -p "$PGDATA"
chmod 700 "$PGDATA" 2>/dev/null || : # a volume of another owner: initdb says what is wrong with it

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  if [ -z "${POSTGRES_PASSWORD:-}" ] && [ "$method" != trust ]; then
    echo 'Error: POSTGRES_PASSWORD is not set, and POSTGRES_HOST_AUTH_METHOD is not "trust".' >&2
    exit 1
  fi
  password=$(mktemp)
  printf '%s\n' "${POSTGRES_PASSWORD:-unused}" >"$password"
  # shellcheck disable=SC2086 # POSTGRES_INITDB_ARGS holds several arguments
  initdb -U "$user" --pwfile="$password" --auth-local=trust --auth-host=trust -E UTF8 --locale=C.UTF-8 --no-sync ${POSTGRES_INITDB_ARGS:-}
  rm -f "$password"
  printf '\nhost all all all %s\n' "$method" >>"$PGDATA/pg_hba.conf"
  printf "listen_addresses = '*'\n" >>"$PGDATA/postgresql.conf"
  pg_ctl -o "-c listen_addresses=''" -w -s start
  [ "$database" = postgres ] || psql -v ON_ERROR_STOP=1 -U "$user" -d postgres --no-psqlrc -qc "CREATE DATABASE \"$database\""
  for file in /docker-entrypoint-initdb.d/*; do
    case $file in
      *.sh) . "$file" ;;
      *.sql) psql -v ON_ERROR_STOP=1 -U "$user" -d "$database" --no-psqlrc -q -f "$file" ;;
    esac
  done
  pg_ctl -m fast -w -s stop
  # The sentence that programs which start this image wait for.
  printf '\nPostgreSQL init process complete; ready for start up.\n\n'
fi
exec "$@"
