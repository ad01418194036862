#!/usr/bin/env bash
# trixie.sh compose|engine...
# Unpacks Debian 13's docker-compose v2 (with buildx) or its Engine 26.1 into the cache, without touching the system's
# packages or package lists. Signatures are checked with the Debian keyring of this machine.
. "$(dirname "$0")/lib.sh"

declare -A packages_of=([compose]="docker-compose docker-buildx" [engine]="docker.io containerd")
need=()
for part in "$@"; do
  [ -n "${packages_of[$part]:-}" ] || die "usage: trixie.sh compose|engine..."
  [ -f "$TRIXIE_DIR/.unpacked-$part" ] || need+=("$part")
done
[ ${#need[@]} -gt 0 ] || exit 0

keyring=/usr/share/keyrings/debian-archive-keyring.gpg
what="Debian 13's packages (${need[*]})"
{ command -v apt-get >/dev/null && [ -f "$keyring" ]; } || die "$what can be fetched on Debian only" "install Docker Compose v2 yourself: https://docs.docker.com/compose/install/"
mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null |
  sed -nE 's/^URIs: *([^ ]+).*/\1/p; s/^deb (\[[^]]*\] )?([^ ]+) .*/\2/p' | grep -E '/debian/?$' | head -n 1 || true)
[ -n "$mirror" ] || die "no Debian mirror is configured on this machine" "add one to /etc/apt/sources.list.d"

say "fetching $what"
work=$TRIXIE_DIR/apt
mkdir -p "$work"/{etc/apt.conf.d,etc/preferences.d,lists/partial,cache/archives/partial} "$TRIXIE_DIR"/{debs,root}
cat >"$work/etc/trixie.sources" <<SOURCES
Types: deb
URIs: $mirror
Suites: trixie
Components: main
Architectures: $(dpkg --print-architecture)
Signed-By: $keyring
SOURCES
: >"$work/status"
options=(-qq -o Dir::Etc="$work/etc" -o Dir::Etc::sourcelist="$work/etc/trixie.sources" -o Dir::Etc::sourceparts=- -o Dir::Etc::parts="$work/etc/apt.conf.d"
  -o Dir::Etc::trusted=/dev/null -o Dir::Etc::trustedparts=- -o Dir::State::lists="$work/lists" -o Dir::State::status="$work/status"
  -o Dir::Cache="$work/cache" -o Acquire::Languages=none -o APT::Sandbox::User=root -o Acquire::Retries=3)
apt-get "${options[@]}" update >&2
for part in "${need[@]}"; do
  for package in ${packages_of[$part]}; do
    (cd "$TRIXIE_DIR/debs" && apt-get "${options[@]}" download "$package" >&2)
    dpkg -x "$TRIXIE_DIR/debs/${package}"_*.deb "$TRIXIE_DIR/root"
  done
  touch "$TRIXIE_DIR/.unpacked-$part"
done
rm -rf "$TRIXIE_DIR/debs" "$work"
