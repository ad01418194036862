import { attachContainer } from '../exec/attach-container.ts';
import { attachExec } from '../exec/attach-exec.ts';
import { createExec } from '../exec/create-exec.ts';
import type { ExecDeps } from '../exec/deps.ts';
import { inspectExec } from '../exec/inspect-exec.ts';
import { createProcessKeeper } from '../exec/process-keeper.ts';
import { resizeExec } from '../exec/resize-exec.ts';
import { runDetached } from '../exec/run-detached.ts';
import { runExec } from '../exec/run-exec.ts';
import type { Clock } from '../ports/clock.ts';
import type { ContainerArchive, ContainerReader, ContainerWaiter } from '../ports/containers.ts';
import type { ProcessEnder } from '../ports/exec.ts';
import type { HostLookup } from '../ports/host-lookup.ts';
import type { Log } from '../ports/log.ts';
import type { RecordingStore } from '../ports/terminal-recordings.ts';
import { endTerminal } from './end-terminal.ts';
import { createShellFinder } from './find-shell.ts';
import { getTerminal } from './get-terminal.ts';
import { joinTerminal } from './join-terminal.ts';
import { listTerminals } from './list-terminals.ts';
import { openTerminal } from './open-terminal.ts';
import { readRecording } from './read-recording.ts';
import { createTerminals } from './terminals.ts';

export interface ProcessesDeps extends Pick<ExecDeps, 'exec' | 'attach' | 'health'> {
  readonly containers: HostLookup<
    Pick<ContainerReader, 'find' | 'get'> & Pick<ContainerArchive, 'statPath'> & ContainerWaiter
  >;
  readonly ender: HostLookup<ProcessEnder>;
  readonly recordings: RecordingStore;
  readonly clock: Clock;
  readonly log: Log;
  /** How long a terminal waits for a viewer to come back before its process is ended. */
  readonly graceSeconds: number;
  /** Open at a time. */
  readonly maxTerminals?: number;
}

/** Everything that runs in containers by this server's doing; one for a process. */
export interface Processes {
  readonly createExec: ReturnType<typeof createExec>;
  readonly inspectExec: ReturnType<typeof inspectExec>;
  readonly runExec: ReturnType<typeof runExec>;
  readonly runDetached: ReturnType<typeof runDetached>;
  readonly attachExec: ReturnType<typeof attachExec>;
  readonly resizeExec: ReturnType<typeof resizeExec>;
  readonly attachContainer: ReturnType<typeof attachContainer>;
  readonly openTerminal: ReturnType<typeof openTerminal>;
  readonly joinTerminal: ReturnType<typeof joinTerminal>;
  readonly listTerminals: ReturnType<typeof listTerminals>;
  readonly getTerminal: ReturnType<typeof getTerminal>;
  readonly endTerminal: ReturnType<typeof endTerminal>;
  readonly readRecording: ReturnType<typeof readRecording>;
  /** How many terminals' processes run. */
  openTerminals(): number;
  /** Ends what nobody is left for, `limitMs` at most. To be called when no socket is open any more, before the Engines' links. */
  close(limitMs: number): Promise<void>;
}

/** A recording that was written to later may belong to a terminal of another server, which shares the folder. */
const KEEP_RECORDINGS_MS = 7 * 24 * 60 * 60_000;

/** Joins the use cases of processes and terminals over their ports. */
export function createProcesses(deps: ProcessesDeps): Processes {
  const { containers, graceSeconds, maxTerminals, recordings, clock, log } = deps;
  recordings
    .removeBefore(new Date(clock.now().getTime() - KEEP_RECORDINGS_MS))
    .catch((error: unknown) => log.warn({ err: error }, 'old recordings of terminals were not removed'));
  const processes = createProcessKeeper(deps);
  const terminals = createTerminals({
    ...deps,
    graceSeconds,
    ...(maxTerminals === undefined ? {} : { maxOpen: maxTerminals }),
  });
  const all = {
    ...deps,
    processes,
    terminals,
    shells: createShellFinder(),
    shellPlaces: containers,
    waiter: containers,
  };
  return {
    createExec: createExec(all),
    inspectExec: inspectExec(all),
    runExec: runExec(all),
    runDetached: runDetached(all),
    attachExec: attachExec(all),
    resizeExec: resizeExec(all),
    attachContainer: attachContainer(all),
    openTerminal: openTerminal(all),
    joinTerminal: joinTerminal(all),
    listTerminals: listTerminals(all),
    getTerminal: getTerminal(all),
    endTerminal: endTerminal(all),
    readRecording: readRecording(all),
    openTerminals: () => terminals.list().filter((terminal) => terminal.info().status === 'running').length,
    async close(limitMs) {
      const ended = terminals.close();
      await processes.close(limitMs);
      await ended;
    },
  };
}
