import { MARK } from './exec.ts';

/**
 * Ends every process that bears a mark, with all that runs in the same sessions: also what has cleared its environment. It
 * hangs up on them, gives them two seconds, and kills what is still there.
 *
 * A constant for a POSIX shell: the mark comes as `$1` and is read nowhere but in comparisons. It needs `cat`, and `sleep` to give
 * them their time. It prints the ids of what it could not end, or `none`; without `cat` it exits with 127.
 *
 * Only what has the same user and privileges as the shell that runs it lets its environment be read.
 */
export const REAPER_SCRIPT = `
exec 2>/dev/null
command -v cat >/dev/null || exit 127
mark=${MARK}=$1
marked=' ' sessions=' ' targets=''

# look <pid>: its session into $session, unless it is gone or only waits for its parent to notice its end
look() {
  read -r line <"/proc/$1/stat" || return 1
  # A program may have given itself a name of several lines.
  case $line in *') '*) ;; *) line=$(cat "/proc/$1/stat") ;; esac
  set -- \${line##*) }
  session=$4
  [ -n "$session" ] && [ "$1" != Z ] && [ "$1" != X ]
}

# Two passes, because the order of processes tells nothing about who began whom.
find_targets() {
  targets=''
  for dir in /proc/[0-9]*; do
    pid=\${dir#/proc/}
    [ "$pid" = "$$" ] && continue
    case $(cat "$dir/environ") in *"$mark"*) ;; *) continue ;; esac
    look "$pid" || continue
    marked="$marked$pid "
    [ "$session" -gt 1 ] && sessions="$sessions$session "
  done
  for dir in /proc/[0-9]*; do
    pid=\${dir#/proc/}
    [ "$pid" = "$$" ] && continue
    look "$pid" || continue
    case $marked$sessions in
      *" $pid "* | *" $session "*) targets="$targets $pid" ;;
    esac
  done
}

find_targets
if [ -n "$targets" ]; then
  kill -HUP $targets
  kill -CONT $targets
  waited=0
  while [ "$waited" -lt 20 ]; do
    left=''
    for pid in $targets; do look "$pid" && left="$left $pid"; done
    [ -z "$left" ] && break
    if sleep 0.1; then waited=$((waited + 1)); elif sleep 1; then waited=$((waited + 10)); else break; fi
  done
  for round in 1 2 3 4 5; do
    find_targets
    [ -z "$targets" ] && break
    kill -KILL $targets
    sleep 0.1 || sleep 1
  done
fi
echo \${targets:-none}
`;
