#!/usr/bin/env bash
# down.sh : ends what up.sh started on this machine (Engines that it found running are left alone) and deletes their state.
. "$(dirname "$0")/lib.sh"

"$BED_DIR/registry.sh" stop
if compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null; then "$BED_DIR/postgres.sh" stop; fi
"$BED_DIR/engine.sh" 26 stop
"$BED_DIR/engine.sh" 20 stop
rm -f "$PROJECT_DIR/.cache/testbed.env"
