import type { Actor } from '../../domain/access.ts';
import { FairleadError } from '../../domain/errors.ts';
import type { TerminalSize } from '../../domain/exec.ts';
import type { ExecDeps } from './deps.ts';
import { reachExec } from './reach-exec.ts';

export interface ResizeExecInput {
  readonly host: string;
  readonly execId: string;
  readonly size: TerminalSize;
}

/**
 * Gives the terminal of a process another size. While the process is being started it waits for that.
 *
 * @throws FairleadError EXEC_NOT_RUNNING, CONFLICT without a terminal, and as `reachExec`
 */
export function resizeExec(deps: ExecDeps) {
  const reach = reachExec(deps);
  return async (
    actor: Actor,
    { host, execId, size }: ResizeExecInput,
    signal?: AbortSignal,
  ): Promise<void> => {
    const info = await reach(actor, { host, execId, use: true }, signal);
    if (!info.tty) throw new FairleadError('CONFLICT', 'The process has no terminal to resize.');
    const session = deps.processes.session(info.id);
    if (session !== undefined) {
      await (await session).resize(size);
    } else if (info.running) {
      await deps.exec(host).resize(info.id, size, signal);
    } else {
      // The Engine itself would wait ten seconds for it to start.
      throw new FairleadError('EXEC_NOT_RUNNING', 'The exec instance is not running.');
    }
  };
}
