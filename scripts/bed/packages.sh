#!/usr/bin/env bash
# packages.sh [engine] [images] [rootfs] [browser] [postgres] [registry] [ssh]
# Installs the Debian packages that those parts of the test bed need and the machine lacks.
# Prints nothing when all are there. Without root or apt it names what is missing and fails.
. "$(dirname "$0")/lib.sh"

want=()
for part in "$@"; do
  case $part in
    engine) want+=(docker.io iptables curl) ;;
    images) want+=(busybox-static) ;;
    rootfs) want+=(mmdebstrap zstd) ;;
    browser) want+=(chromium-headless-shell fonts-dejavu-core) ;;
    postgres) compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null || want+=(postgresql) ;;
    registry) want+=(docker-registry) ;;
    ssh) want+=(openssh-server) ;;
    *) die "packages.sh: unknown part '$part'" ;;
  esac
done
[ ${#want[@]} -gt 0 ] || exit 0

installed=" $(dpkg-query -W -f '${db:Status-Status}=${Package} ' "${want[@]}" 2>/dev/null || true)"
missing=()
for package in "${want[@]}"; do
  case $installed in *" installed=$package "*) ;; *) missing+=("$package") ;; esac
done
[ ${#missing[@]} -gt 0 ] || exit 0

can_install || die "missing packages: ${missing[*]}" "install them as root: apt-get install --no-install-recommends ${missing[*]}"

# sshd is only ever started by a test, on a port of its own. Where an init system would start one at
# installation (and at every boot after it), installing it is the owner's decision.
case " ${missing[*]} " in
  *' openssh-server '*)
    [ ! -d /run/systemd/system ] || die 'openssh-server is not installed, and installing it would open port 22 on this machine' \
      'install it yourself if you want that: apt-get install openssh-server'
    ;;
esac

say "installing ${missing[*]}"
mkdir -p "$FAIRLEAD_CACHE/debs/partial"
log=$FAIRLEAD_CACHE/apt.log
options=(-qq -y -o Dir::Cache::archives="$FAIRLEAD_CACHE/debs" -o APT::Keep-Downloaded-Packages=true -o APT::Sandbox::User=root
  -o DPkg::Post-Invoke::= -o Acquire::Retries=3 -o DPkg::Lock::Timeout=120 -o Dpkg::Options::=--force-unsafe-io
  -o Dpkg::Options::=--force-confold)
export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1

# No package may start a service where no init system watches it: the scripts start what they need themselves.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ] && [ ! -d /run/systemd/system ]; then
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
  trap 'rm -f "$policy"' EXIT
fi
{ apt-get "${options[@]}" update && apt-get "${options[@]}" install --no-install-recommends "${missing[@]}"; } >"$log" 2>&1 </dev/null || {
  tail -n 25 "$log" >&2
  die "could not install ${missing[*]}" "the whole output is in $log"
}
