import type { Actor } from '../../domain/access.ts';
import { FairleadError } from '../../domain/errors.ts';
import type { TerminalSize } from '../../domain/exec.ts';
import type { ExecDeps } from './deps.ts';
import { reachExec } from './reach-exec.ts';
import type { Seat, Viewer } from './session.ts';
import { endSession, startSession } from './start-session.ts';

export interface AttachExecInput {
  readonly host: string;
  readonly execId: string;
  readonly size?: TerminalSize | undefined;
  /** The process is ended after this time, and the viewer told EXEC_TIMEOUT. */
  readonly timeoutSeconds?: number | undefined;
}

/**
 * Starts an exec instance with one viewer attached. When the viewer leaves before the process has ended, the process is ended.
 *
 * @throws FairleadError EXEC_NOT_RUNNING when it was started before, CONTAINER_NOT_RUNNING, CONTAINER_PAUSED, and as `reachExec`
 */
export function attachExec(deps: ExecDeps) {
  const reach = reachExec(deps);
  return async (
    actor: Actor,
    { host, execId, size, timeoutSeconds }: AttachExecInput,
    viewer: Viewer,
    signal?: AbortSignal,
  ): Promise<Seat> => {
    const info = await reach(actor, { host, execId, use: true }, signal);
    if (info.running || info.exitCode !== null || deps.processes.session(info.id) !== undefined) {
      throw new FairleadError('EXEC_NOT_RUNNING', 'The exec instance was started before.');
    }
    // Not given up half way: what was started would be left alone.
    const session = await startSession(deps, {
      host,
      info,
      size,
      timeoutSeconds,
      onEmpty: () => void endSession(deps, { host, info, session }),
    });
    return session.join(viewer);
  };
}
