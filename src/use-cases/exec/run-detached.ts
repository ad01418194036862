import type { Actor } from '../../domain/access.ts';
import type { ExecDeps } from './deps.ts';
import { reachExec } from './reach-exec.ts';

/**
 * Starts an exec instance and leaves it alone: it runs until it ends by itself or with its container.
 *
 * @throws FairleadError EXEC_NOT_RUNNING when it was started before, CONTAINER_NOT_RUNNING, CONTAINER_PAUSED, and as `reachExec`
 */
export function runDetached(deps: ExecDeps) {
  const reach = reachExec(deps);
  return async (
    actor: Actor,
    { host, execId }: { readonly host: string; readonly execId: string },
    signal?: AbortSignal,
  ): Promise<void> => {
    const info = await reach(actor, { host, execId, use: true }, signal);
    await deps.exec(host).startDetached(info.id, info.tty, signal);
  };
}
