import type { ExecDeps } from '../exec/deps.ts';
import type { Clock } from '../ports/clock.ts';
import type { HostLookup } from '../ports/host-lookup.ts';
import type { Log } from '../ports/log.ts';
import type { RecordingStore } from '../ports/terminal-recordings.ts';
import type { ShellFinder, ShellPlaces } from './find-shell.ts';
import type { Terminals } from './terminals.ts';

/** What the use cases of terminals share. */
export interface TerminalDeps extends ExecDeps {
  readonly terminals: Terminals;
  readonly shells: ShellFinder;
  readonly shellPlaces: HostLookup<ShellPlaces>;
  readonly recordings: RecordingStore;
  readonly clock: Clock;
  readonly log: Log;
}
