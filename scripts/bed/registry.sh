#!/usr/bin/env bash
# registry.sh start|stop|env
# Debian's docker-registry with a login, twice: plain HTTP on 127.0.0.1 (which an Engine takes without TLS), and, with
# FAIRLEAD_REGISTRY_TLS_ADDRESS set to another address of this machine (a bridge's gateway), HTTPS with a self-signed certificate.
# Prints KEY=VALUE lines. `stop` also deletes what was pushed.
. "$(dirname "$0")/lib.sh"

folder=/tmp/fairlead-registry
user=fairlead password=registry-secret
tls_address=${FAIRLEAD_REGISTRY_TLS_ADDRESS:-}

alive() {
  [ -f "$folder/$1.pid" ] && [ -f "$folder/$1.address" ] || return 1
  local pid
  pid=$(cat "$folder/$1.pid")
  [ -r "/proc/$pid/cmdline" ] && tr '\0' ' ' <"/proc/$pid/cmdline" | grep -qF -- "$folder/$1.yml"
}

free_port() { node -e "const s=require('net').createServer().listen(0,process.argv[1],()=>{console.log(s.address().port);s.close()})" "$1"; }

serve() { # <plain|tls> <address> <scheme> [tls settings]
  if alive "$1"; then return 0; fi
  local address _
  address=$2:$(free_port "$2")
  cat >"$folder/$1.yml" <<YAML
version: 0.1
log: {level: warn, accesslog: {disabled: true}}
storage: {filesystem: {rootdirectory: $folder/$1-data}, delete: {enabled: true}}
http: {addr: "$address", secret: fairlead-test-bed${4:-}}
auth: {htpasswd: {realm: fairlead, path: $folder/htpasswd}}
YAML
  setsid nohup docker-registry serve "$folder/$1.yml" >"$folder/$1.log" 2>&1 </dev/null 9>&- &
  echo $! >"$folder/$1.pid"
  for _ in $(seq 100); do
    if [ "$(curl -sk -o /dev/null -w '%{http_code}' "$3://$address/v2/")" != 000 ]; then
      echo "$address" >"$folder/$1.address"
      return 0
    fi
    sleep 0.05
  done
  tail -n 20 "$folder/$1.log" >&2
  die "the registry did not answer on $address"
}

print_env() {
  alive plain || return 0
  echo "FAIRLEAD_TEST_REGISTRY=$(cat "$folder/plain.address")"
  echo "FAIRLEAD_TEST_REGISTRY_USER=$user"
  echo "FAIRLEAD_TEST_REGISTRY_PASSWORD=$password"
  alive tls || return 0
  echo "FAIRLEAD_TEST_REGISTRY_TLS=$(cat "$folder/tls.address")"
  echo "FAIRLEAD_TEST_REGISTRY_TLS_CA=$folder/tls.crt"
}

case ${1:-} in
  start)
    command -v docker-registry >/dev/null || die 'docker-registry is not installed' 'as root: apt-get install --no-install-recommends docker-registry'
    mkdir -p "$folder"
    # perl's crypt() makes the bcrypt line that htpasswd would: the registry accepts no other kind.
    [ -f "$folder/htpasswd" ] || printf '%s:%s\n' "$user" "$(perl -e 'print crypt($ARGV[0], "\$2y\$05\$fairleadTestBedSaltTest")' "$password")" >"$folder/htpasswd"
    serve plain 127.0.0.1 http
    if [ -n "$tls_address" ]; then
      [ -f "$folder/tls.crt" ] || openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -subj /CN=fairlead-test-registry \
        -addext "subjectAltName=IP:$tls_address,DNS:localhost" -keyout "$folder/tls.key" -out "$folder/tls.crt" 2>/dev/null
      serve tls "$tls_address" https ", tls: {certificate: $folder/tls.crt, key: $folder/tls.key}"
    fi
    print_env
    ;;
  env) print_env ;;
  stop)
    for name in plain tls; do
      if alive "$name"; then kill "$(cat "$folder/$name.pid")"; fi
    done
    rm -rf --one-file-system "$folder"
    ;;
  *) die 'usage: registry.sh start|stop|env' ;;
esac
