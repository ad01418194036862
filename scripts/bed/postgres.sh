#!/usr/bin/env bash
# postgres.sh start|stop|status|env
# A private PostgreSQL of this machine's own binaries on a free port of 127.0.0.1, for tests: no data of worth, no fsync.
# `start` and `env` print FAIRLEAD_TEST_POSTGRES_URL=...; `stop` also deletes the data.
. "$(dirname "$0")/lib.sh"

folder=/tmp/fairlead-postgres
user=fairlead password=fairlead database=fairlead
postgres=$(compgen -G '/usr/lib/postgresql/*/bin/postgres' | sort -V | tail -n 1 || true)
[ -n "$postgres" ] || die 'PostgreSQL is not installed' 'as root: apt-get install --no-install-recommends postgresql'
bin=${postgres%/postgres}

# PostgreSQL refuses to run as root.
unprivileged() { if is_root; then runuser -u postgres -- "$@"; else "$@"; fi; }
running() { [ -f "$folder/port" ] && unprivileged "$bin/pg_ctl" -D "$folder/data" status >/dev/null 2>&1; }
print_url() { echo "FAIRLEAD_TEST_POSTGRES_URL=postgres://$user:$password@127.0.0.1:$(cat "$folder/port")/$database"; }
free_port() { node -e "const s=require('net').createServer().listen(0,'127.0.0.1',()=>{console.log(s.address().port);s.close()})"; }

start() {
  if running; then return 0; fi
  mkdir -p "$folder"
  if is_root; then chown postgres: "$folder"; fi
  chmod 700 "$folder"
  cd "$folder"
  if [ ! -f "$folder/data/PG_VERSION" ]; then
    (umask 077 && printf '%s' "$password" >"$folder/password")
    if is_root; then chown postgres: "$folder/password"; fi
    unprivileged "$bin/initdb" -D "$folder/data" -U "$user" --pwfile="$folder/password" -A scram-sha-256 -E UTF8 --locale=C.UTF-8 --no-sync >/dev/null
  fi
  local port
  port=$(free_port)
  unprivileged "$bin/pg_ctl" -D "$folder/data" -l "$folder/log" -w -t 30 -s start \
    -o "-p $port -k $folder -c listen_addresses=127.0.0.1 -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=300" 9>&- ||
    die 'PostgreSQL did not start' "its log is $folder/log"
  echo "$port" >"$folder/port"
  export PGPASSWORD=$password PGHOST=127.0.0.1 PGPORT=$port PGUSER=$user
  "$bin/psql" -d postgres -tAc "select 1 from pg_database where datname = '$database'" | grep -q 1 || "$bin/createdb" "$database"
}

case ${1:-} in
  start) start && print_url ;;
  env) running && print_url ;;
  status) if running; then echo "up $(cat "$folder/port")"; else echo down; exit 1; fi ;;
  stop)
    if running; then unprivileged "$bin/pg_ctl" -D "$folder/data" -m fast -w -s stop; fi
    rm -rf --one-file-system "$folder"
    ;;
  *) die 'usage: postgres.sh start|stop|status|env' ;;
esac
