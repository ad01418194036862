#!/usr/bin/env bash
# engine.sh 20|26 start|stop|status|env
# Runs a Docker Engine as a plain background process, no init system needed.
#   20  the main Engine: whatever answers on /var/run/docker.sock; if nothing does, the system's dockerd is started there
#   26  a second, newer Engine beside it, from Debian 13's packages (trixie.sh), with its own socket, data and bridge
# An Engine that already answers is used as it is and never stopped: `stop` only ends what `start` started.
. "$(dirname "$0")/lib.sh"

which=${1:-}
command=${2:-status}
case $which in
  20)
    socket=$ENGINE20_SOCKET state=/tmp/fairlead-engine20 data=${FAIRLEAD_ENGINE20_DATA:-/var/lib/docker} bridge=
    ;;
  26)
    socket=$ENGINE26_SOCKET state=/tmp/fairlead-engine26 data=${FAIRLEAD_ENGINE26_DATA:-/var/lib/fairlead-engine26} bridge=fairlead26
    # dockerd finds containerd, the shim and docker-proxy by PATH; runc is the system's.
    export PATH="$TRIXIE_DIR/root/usr/sbin:$TRIXIE_DIR/root/usr/bin:$PATH"
    ;;
  *) die "usage: engine.sh 20|26 start|stop|status|env" ;;
esac

# A process id in a file proves nothing after a reboot: the process must also be the one that was given that file.
ours() {
  [ -f "$state/pid" ] || return 1
  pid=$(cat "$state/pid")
  [ -r "/proc/$pid/cmdline" ] && tr '\0' ' ' <"/proc/$pid/cmdline" | grep -qF -- "$state/pid"
}

start() {
  if engine_answers "$socket"; then return 0; fi
  is_root || die "no Engine answers on $socket, and starting one needs root" "start Docker, or run this as root"
  command -v dockerd >/dev/null || die "no Engine answers on $socket and dockerd is not installed" "as root: apt-get install --no-install-recommends docker.io iptables"

  mkdir -p "$state" "$data"
  rm -f "$socket"
  if mountpoint -q "$data"; then touch "$state/data-is-a-mount"; fi
  # Before dockerd: it then leaves the FORWARD policy at ACCEPT, without which a second Engine's networks are cut off.
  [ "$(cat /proc/sys/net/ipv4/ip_forward)" = 1 ] || echo 1 >/proc/sys/net/ipv4/ip_forward
  if ! mountpoint -q /sys/fs/cgroup && command -v cgroupfs-mount >/dev/null; then cgroupfs-mount; fi

  # The bridges' packets must fit through the link that leads out.
  local link mtu arguments
  link=$(ip -o route get 192.0.2.1 2>/dev/null | sed -nE 's/.* dev ([^ ]+).*/\1/p')
  mtu=$(ip -o link show dev "${link:-lo}" | sed -nE 's/.* mtu ([0-9]+) .*/\1/p')
  [ "$mtu" -le 9000 ] || mtu=1500
  arguments=(-H "unix://$socket" --data-root "$data" --exec-root "$state/exec" -p "$state/pid" --mtu "$mtu")
  if [ "$which" = 20 ]; then
    # About 250 networks instead of 30. Only for the first Engine: given to a second one, it deletes the first one's docker0.
    arguments+=(--default-address-pool base=10.220.0.0/14,size=22)
  else
    # A second Engine that manages iptables flushes the chains of the first. Ports are still published, by docker-proxy.
    arguments+=(--iptables=false --ip6tables=false --bridge "$bridge")
    if ! ip link show "$bridge" >/dev/null 2>&1; then
      ip link add "$bridge" type bridge
      touch "$state/bridge-is-ours"
      ip addr add 172.26.0.1/16 dev "$bridge"
      ip link set "$bridge" up
    fi
  fi

  setsid nohup dockerd "${arguments[@]}" >"$state/log" 2>&1 </dev/null 9>&- &
  local _
  for _ in $(seq 600); do
    if engine_answers "$socket"; then return 0; fi
    sleep 0.05
  done
  tail -n 20 "$state/log" >&2
  die "dockerd did not answer on $socket within 30 s" "its log is $state/log"
}

stop() {
  if ! ours; then
    say "the Engine on $socket was not started by this project: left alone"
    return 0
  fi
  kill -TERM "$pid"
  local _ mount
  for _ in $(seq 300); do
    [ -d "/proc/$pid" ] || break
    sleep 0.1
  done
  [ ! -d "/proc/$pid" ] || die "dockerd ($pid) did not stop within 30 s"
  # dockerd leaves its own network namespace and a bind mount of the data folder on itself behind.
  for mount in "$state"/exec/netns/*; do
    if mountpoint -q "$mount"; then umount -l "$mount"; fi
  done
  if [ ! -f "$state/data-is-a-mount" ] && mountpoint -q "$data"; then umount -l "$data"; fi
  if [ -f "$state/bridge-is-ours" ]; then ip link del "$bridge"; fi
  rm -rf --one-file-system "$state"
}

case $command in
  start) start ;;
  stop) stop ;;
  status)
    engine_answers "$socket" || { echo "down $socket"; exit 1; }
    echo "up $socket $(engine_version "$socket") started-by-fairlead=$(ours && echo yes || echo no)"
    ;;
  env) echo "DOCKER_HOST=unix://$socket" ;;
  *) die "usage: engine.sh 20|26 start|stop|status|env" ;;
esac
