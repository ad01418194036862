#!/usr/bin/env bash
# up.sh [--engine26] [--compose] [--postgres] [--postgres-image] [--bash-image] [--debian-image] [--node-image] [--registry] [--browser] [--ssh] [--tests]
# Brings up what is asked for on top of the minimum (an Engine with the image busybox:latest) and writes what is there as
# KEY=VALUE lines to .cache/testbed.env in the project, which tests read. Run it as often as you like: what is there is kept.
# --tests asks for everything that the tests use.
. "$(dirname "$0")/lib.sh"

declare -A ask=()
for option in "$@"; do
  case $option in
    --engine26 | --compose | --postgres | --postgres-image | --bash-image | --debian-image | --node-image | --registry | --browser | --ssh) ask[${option#--}]=1 ;;
    --tests) for part in engine26 compose postgres postgres-image bash-image registry browser ssh; do ask[$part]=1; done ;;
    *) die "up.sh: unknown option '$option'" ;;
  esac
done
asked() { [ -n "${ask[$1]:-}" ]; }

# Two test runs may come here at once; what one has made the other finds.
mkdir -p "$FAIRLEAD_CACHE" "$PROJECT_DIR/.cache"
exec 9>"$FAIRLEAD_CACHE/bed.lock"
flock 9

parts=()
engine_answers "$ENGINE20_SOCKET" || parts+=(engine)
if asked engine26; then parts+=(engine); fi
# Where nothing can be installed, images.sh pulls what it cannot make.
if can_install; then
  if asked engine26 || asked bash-image || asked postgres-image || ! has_image "$ENGINE20_SOCKET" busybox:latest; then parts+=(images); fi
  if asked debian-image || asked node-image; then parts+=(rootfs); fi
fi
if asked postgres || asked postgres-image; then parts+=(postgres); fi
for part in registry browser ssh; do
  if asked $part; then parts+=("$part"); fi
done
if [ ${#parts[@]} -gt 0 ]; then "$BED_DIR/packages.sh" "${parts[@]}"; fi

compose_plugin() { # prints the path of a docker-compose v2 binary, if there is one
  local candidate
  for candidate in "$TRIXIE_DIR/root/usr/libexec/docker/cli-plugins/docker-compose" "$HOME/.docker/cli-plugins/docker-compose" \
    /usr/local/lib/docker/cli-plugins/docker-compose /usr/libexec/docker/cli-plugins/docker-compose /usr/lib/docker/cli-plugins/docker-compose; do
    if [ -x "$candidate" ]; then
      echo "$candidate"
      return 0
    fi
  done
}

trixie=()
if asked engine26 && ! engine_answers "$ENGINE26_SOCKET"; then trixie+=(engine); fi
if asked compose && [ -z "$(compose_plugin)" ]; then trixie+=(compose); fi
if [ ${#trixie[@]} -gt 0 ]; then "$BED_DIR/trixie.sh" "${trixie[@]}"; fi

"$BED_DIR/engine.sh" 20 start
"$BED_DIR/images.sh" "$ENGINE20_SOCKET" busybox
if asked engine26; then
  "$BED_DIR/engine.sh" 26 start
  "$BED_DIR/images.sh" "$ENGINE26_SOCKET" busybox
  if asked bash-image; then "$BED_DIR/images.sh" "$ENGINE26_SOCKET" bash; fi
fi
for image in bash debian node postgres; do
  if asked $image-image; then "$BED_DIR/images.sh" "$ENGINE20_SOCKET" $image; fi
done
if asked postgres; then "$BED_DIR/postgres.sh" start >/dev/null; fi
if asked registry; then "$BED_DIR/registry.sh" start >/dev/null; fi

# Everything that is there now is written down, not only what was asked for this time.
file=$PROJECT_DIR/.cache/testbed.env
{
  echo "FAIRLEAD_TEST_ENGINE20_SOCKET=$ENGINE20_SOCKET"
  echo "FAIRLEAD_TEST_ENGINE20_VERSION=$(engine_version "$ENGINE20_SOCKET")"
  if engine_answers "$ENGINE26_SOCKET"; then
    echo "FAIRLEAD_TEST_ENGINE26_SOCKET=$ENGINE26_SOCKET"
    echo "FAIRLEAD_TEST_ENGINE26_VERSION=$(engine_version "$ENGINE26_SOCKET")"
  fi
  "$BED_DIR/postgres.sh" env 2>/dev/null || true
  "$BED_DIR/registry.sh" env
  compose=$(compose_plugin)
  if [ -n "$compose" ]; then echo "FAIRLEAD_TEST_COMPOSE=$compose"; fi
  for program in chromium-headless-shell chromium google-chrome; do
    if command -v "$program" >/dev/null; then
      echo "FAIRLEAD_TEST_CHROMIUM=$(command -v "$program")"
      break
    fi
  done
  if [ -x /usr/sbin/sshd ]; then echo 'FAIRLEAD_TEST_SSHD=/usr/sbin/sshd'; fi
} >"$file.part"
mv "$file.part" "$file"
