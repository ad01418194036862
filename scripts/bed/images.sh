#!/usr/bin/env bash
# images.sh <socket> busybox|bash|debian|node|postgres...
# Puts images on the Engine behind <socket> without any registry, made of this machine's own packages. An image that is
# already there under its name is kept; one that cannot be made here is pulled. Layers and configuration hold no time or host name: the same packages give the same id.
#   busybox   busybox:latest          Debian's static busybox
#   bash      bash:latest             the machine's bash beside that busybox
#   debian    debian:bookworm-slim    mmdebstrap from the system's signed sources (cached)
#   node      node:24-bookworm-slim   that plus the official Node.js binary, npm and this machine's CA bundle (cached)
#   postgres  postgres:15-alpine      the machine's own PostgreSQL with the libraries it needs
. "$(dirname "$0")/lib.sh"

socket=${1:?usage: images.sh <socket> busybox|bash|debian|node|postgres...}
shift
images_cache=$FAIRLEAD_CACHE/images
work=$(mktemp -d)
trap 'rm -rf --one-file-system "$work"' EXIT
if ! engine_answers "$socket"; then die "no Engine answers on $socket" "start one: scripts/bed/engine.sh 20 start"; fi

# Files of a root filesystem as a tar that depends on nothing but their content.
deterministic_tar() { tar -C "$1" --sort=name --mtime=@1735689600 --numeric-owner --format=gnu -c .; }

# load <name> <image configuration as JSON> <layer.tar>...
# The Engine's own archive format: unlike an import it can hold every setting, and the id is known beforehand.
load() {
  local name=$1 config=$2 created=2025-01-01T00:00:00Z layer diffs='' files='' history='' n=0 folder id
  shift 2
  folder=$(mktemp -d -p "$work")
  for layer in "$@"; do
    mv "$layer" "$folder/layer$n.tar"
    diffs="$diffs,\"sha256:$(sha256sum "$folder/layer$n.tar" | cut -d' ' -f1)\""
    files="$files,\"layer$n.tar\""
    history="$history,{\"created\":\"$created\",\"created_by\":\"scripts/bed/images.sh\"}"
    n=$((n + 1))
  done
  printf '{"architecture":"%s","os":"linux","created":"%s","config":%s,"rootfs":{"type":"layers","diff_ids":[%s]},"history":[%s]}' \
    "$(dpkg --print-architecture)" "$created" "$config" "${diffs#,}" "${history#,}" >"$folder/config"
  id=$(sha256sum "$folder/config" | cut -d' ' -f1)
  mv "$folder/config" "$folder/$id.json"
  printf '[{"Config":"%s.json","RepoTags":["%s"],"Layers":[%s]}]' "$id" "$name" "${files#,}" >"$folder/manifest.json"
  tar -C "$folder" -c . |
    curl -fsS -m 300 -X POST -H 'Content-Type: application/x-tar' --data-binary @- --unix-socket "$socket" 'http://engine/images/load?quiet=1' >"$folder.answer"
  rm -rf "$folder"
  has_image "$socket" "$name" || die "the Engine did not take the image $name: $(cat "$folder.answer")"
}

base_path='PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
label='"Labels":{"fairlead.testbed":"1"}'

busybox_links() { # <bin folder>: the static busybox and a link for each of its applets
  cp "$(command -v busybox)" "$1/busybox"
  local applet
  for applet in $("$1/busybox" --list); do
    [ "$applet" = busybox ] || ln -s busybox "$1/$applet"
  done
}

# libraries_into <root>: copies every shared library that the files named on standard input (NUL between them) are linked
# with, to the path it is looked for.
libraries_into() {
  local file folder
  { xargs -0 ldd 2>/dev/null || true; } | grep -oE '/[^ ():]+\.so[^ ():]*' | { grep -vF "$work" || true; } | sort -u | while read -r file; do
    folder=$1/usr$(dirname "${file#/usr}")
    mkdir -p "$folder"
    cp "$(readlink -f "$file")" "$folder/$(basename "$file")"
  done
}

busybox_root() { # <folder>: a root filesystem with nothing but busybox
  local folder
  mkdir -p "$1"/{etc,tmp,root,home,proc,sys,dev,run,var,usr/{bin,sbin,lib,lib64,local/bin}}
  for folder in bin sbin lib lib64; do ln -s "usr/$folder" "$1/$folder"; done
  ln -s ../run "$1/var/run"
  chmod 1777 "$1/tmp"
  busybox_links "$1/usr/bin"
  printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/home:/bin/false\n' >"$1/etc/passwd"
  printf 'root:x:0:\nnobody:x:65534:\n' >"$1/etc/group"
}

make_busybox() {
  busybox_root "$work/busybox"
  deterministic_tar "$work/busybox" >"$work/busybox.tar"
  load "$1" "{\"Env\":[\"$base_path\"],\"Cmd\":[\"sh\"],$label}" "$work/busybox.tar"
}

make_bash() {
  local root=$work/bash
  busybox_root "$root"
  cp "$(command -v bash)" "$root/usr/bin/bash"
  printf '%s\0' "$root/usr/bin/bash" | libraries_into "$root"
  deterministic_tar "$root" >"$work/bash.tar"
  load "$1" "{\"Env\":[\"$base_path\"],\"Cmd\":[\"bash\"],$label}" "$work/bash.tar"
}

debian_archive() { # prints the path of the cached root filesystem
  local archive=$images_cache/debian-bookworm-slim.tar.zst
  if [ ! -f "$archive" ]; then
    say 'making a Debian root filesystem with mmdebstrap (about 20 s, once)'
    mkdir -p "$images_cache"
    local excluded=() folder
    for folder in man doc locale info groff lintian; do excluded+=(--dpkgopt="path-exclude=/usr/share/$folder/*"); done
    # shellcheck disable=SC2046 # one argument for each sources file
    SOURCE_DATE_EPOCH=1735689600 mmdebstrap --quiet --variant=minbase --mode=root --skip=check/empty --aptopt='Acquire::Languages "none"' \
      "${excluded[@]}" --dpkgopt='path-include=/usr/share/doc/*/copyright' bookworm - \
      $(grep -lE '/debian' /etc/apt/sources.list.d/*.sources /etc/apt/sources.list 2>/dev/null) | zstd -q -T0 -3 -f -o "$archive.part"
    mv "$archive.part" "$archive"
  fi
  echo "$archive"
}

make_debian() {
  local archive
  archive=$(debian_archive)
  zstd -qdc "$archive" >"$work/debian.tar"
  load "$1" "{\"Env\":[\"$base_path\"],\"Cmd\":[\"bash\"],$label}" "$work/debian.tar"
}

node_archive() {
  local archive=$images_cache/node-24.tar.zst root=$work/node version cpu
  if [ ! -f "$archive" ]; then
    local base
    base=$(debian_archive)
    say 'adding Node.js 24 and npm to it (about 15 s, once)'
    mkdir -p "$root"
    zstd -qdc "$base" | tar -x --numeric-owner -C "$root"
    cpu=$([ "$(dpkg --print-architecture)" = arm64 ] && echo arm64 || echo x64)
    version=$(npm view "node-linux-$cpu@24" version --json | tr -d '[]", ' | sort -V | tail -n 1)
    (cd "$work" && npm pack --silent "node-linux-$cpu@$version" npm@11 >/dev/null)
    tar -xzf "$work/node-linux-$cpu-$version.tgz" -C "$root/usr/local" --no-same-owner --strip-components=1 package/bin package/LICENSE
    mkdir -p "$root/usr/local/lib/node_modules/npm"
    tar -xzf "$work"/npm-*.tgz -C "$root/usr/local/lib/node_modules/npm" --no-same-owner --strip-components=1
    chmod +x "$root"/usr/local/lib/node_modules/npm/bin/*.js
    ln -s ../lib/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
    ln -s ../lib/node_modules/npm/bin/npx-cli.js "$root/usr/local/bin/npx"
    install -m 755 "$BED_DIR/images/node-entrypoint.sh" "$root/usr/local/bin/docker-entrypoint.sh"
    chroot "$root" sh -c 'groupadd --gid 1000 node && useradd --uid 1000 --gid node --shell /bin/bash --create-home node'
    deterministic_tar "$root" | zstd -q -T0 -3 -f -o "$archive.part"
    mv "$archive.part" "$archive"
    rm -rf --one-file-system "$root"
  fi
  echo "$archive"
}

# The certificates this machine trusts (a company's proxy may be among them) go into a thin layer of their own, so that
# `npm ci` inside a build works wherever it works outside, and the big layer stays the same on every machine.
make_node() {
  local archive bundle folder=$work/trust
  archive=$(node_archive)
  bundle=${NODE_EXTRA_CA_CERTS:-/etc/ssl/certs/ca-certificates.crt}
  mkdir -p "$folder/usr/local/share/fairlead" "$folder/usr/local/etc"
  cp "$bundle" "$folder/usr/local/share/fairlead/ca.pem"
  printf 'registry=%s\nupdate-notifier=false\n' "$(npm config get registry)" >"$folder/usr/local/etc/npmrc"
  chmod -R u=rwX,go=rX "$folder"
  deterministic_tar "$folder" >"$work/trust.tar"
  zstd -qdc "$archive" >"$work/node.tar"
  load "$1" "{\"Env\":[\"$base_path\",\"NODE_EXTRA_CA_CERTS=/usr/local/share/fairlead/ca.pem\"],\"Entrypoint\":[\"docker-entrypoint.sh\"],\"Cmd\":[\"node\"],$label}" \
    "$work/node.tar" "$work/trust.tar"
}

make_postgres() {
  local source version root=$work/postgres program
  source=$(compgen -G '/usr/lib/postgresql/*/bin/postgres' | sort -V | tail -n 1)
  source=${source%/bin/postgres}
  version=${source##*/}

  busybox_root "$root"
  mkdir -p "$root"/{usr/{share/postgresql,share/zoneinfo,lib/locale},run/postgresql,var/lib/postgresql/data,docker-entrypoint-initdb.d}
  rm -f "$root/usr/bin/setpriv"
  cp "$(command -v setpriv)" "$root/usr/bin/setpriv"

  mkdir -p "$root$source/bin"
  cp -a "$source/lib" "$root$source/"
  rm -rf "$root$source/lib/bitcode" "$root$source"/lib/llvmjit*
  for program in postgres initdb pg_ctl psql pg_isready createdb dropdb createuser pg_dump pg_restore; do
    cp -a "$source/bin/$program" "$root$source/bin/"
    ln -s "../..${source#/usr}/bin/$program" "$root/usr/local/bin/$program"
  done
  cp -a "/usr/share/postgresql/$version" "$root/usr/share/postgresql/"
  rm -rf "$root/usr/share/postgresql/$version/man"
  cp -a /usr/share/zoneinfo/. "$root/usr/share/zoneinfo/"
  rm -rf "$root"/usr/share/zoneinfo/{right,posix}
  if [ -d /usr/lib/locale/C.utf8 ]; then cp -a /usr/lib/locale/C.utf8 "$root/usr/lib/locale/"; fi

  find "$root$source" "$root/usr/bin/setpriv" -type f \( -perm -100 -o -name '*.so*' \) -print0 | libraries_into "$root"

  printf 'root:x:0:0:root:/root:/bin/sh\npostgres:x:999:999:postgres:/var/lib/postgresql:/bin/sh\n' >"$root/etc/passwd"
  printf 'root:x:0:\npostgres:x:999:\n' >"$root/etc/group"
  printf 'hosts: files dns\n' >"$root/etc/nsswitch.conf"
  install -m 755 "$BED_DIR/images/postgres-entrypoint.sh" "$root/usr/local/bin/docker-entrypoint.sh"
  chown -R 999:999 "$root/var/lib/postgresql" "$root/run/postgresql"
  chmod 700 "$root/var/lib/postgresql/data"
  chmod 2775 "$root/run/postgresql"
  deterministic_tar "$root" >"$work/postgres.tar"
  load "$1" "{\"User\":\"999:999\",\"ExposedPorts\":{\"5432/tcp\":{}},\"Volumes\":{\"/var/lib/postgresql/data\":{}},\"StopSignal\":\"SIGINT\",
    \"Env\":[\"PATH=/usr/local/bin:$source/bin:/usr/sbin:/usr/bin\",\"PGDATA=/var/lib/postgresql/data\",\"LANG=C.UTF-8\",\"PG_MAJOR=$version\"],
    \"Entrypoint\":[\"docker-entrypoint.sh\"],\"Cmd\":[\"postgres\"],$label}" "$work/postgres.tar"
}

can_make() {
  case $1 in
    busybox | bash) command -v busybox >/dev/null ;;
    postgres) command -v busybox >/dev/null && compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null ;;
    debian | node) is_root && command -v mmdebstrap >/dev/null && command -v zstd >/dev/null ;;
  esac
}

pull() { curl -fsS -m 300 -X POST --unix-socket "$socket" "http://engine/images/create?fromImage=${1%:*}&tag=${1#*:}" >/dev/null && has_image "$socket" "$1"; }

for image in "$@"; do
  case $image in
    busybox) name=busybox:latest packages=busybox-static ;;
    bash) name=bash:latest packages=busybox-static ;;
    debian) name=debian:bookworm-slim packages='mmdebstrap zstd' ;;
    node) name=node:24-bookworm-slim packages='mmdebstrap zstd' ;;
    postgres) name=postgres:15-alpine packages='busybox-static postgresql' ;;
    *) die "images.sh: unknown image '$image'" ;;
  esac
  if has_image "$socket" "$name"; then continue; fi
  if can_make "$image"; then
    say "making the image $name"
    "make_$image" "$name"
  else
    say "pulling the image $name"
    pull "$name" || die "the image $name is missing and could not be pulled" "make it available, or as root: apt-get install $packages"
  fi
done
