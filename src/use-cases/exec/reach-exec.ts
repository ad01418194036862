import { type Actor, assertHost } from '../../domain/access.ts';
import type { ExecInfo } from '../../domain/exec.ts';
import { assertExecAllowed } from '../../domain/exec-policy.ts';
import { reachContainer } from '../containers/reach-container.ts';
import type { ExecDeps } from './deps.ts';

/**
 * Finds an exec instance and makes sure that the actor's token reaches its container.
 *
 * @throws FairleadError EXEC_NOT_FOUND, FORBIDDEN, HOST_NOT_FOUND, CONTAINER_NOT_FOUND, INVALID_REFERENCE; POLICY_VIOLATION with
 * `use` for a privileged one that the actor could not have made
 */
export function reachExec(deps: Pick<ExecDeps, 'containers' | 'exec'>) {
  const reach = reachContainer(deps);
  return async (
    actor: Actor,
    input: { readonly host: string; readonly execId: string; readonly use: boolean },
    signal?: AbortSignal,
  ): Promise<ExecInfo> => {
    const { host, execId, use } = input;
    assertHost(actor, host);
    const info = await deps.exec(host).inspect(execId, signal);
    await reach(actor, host, info.containerId, signal);
    if (use) assertExecAllowed(actor, info);
    return info;
  };
}
