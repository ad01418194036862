import { randomUUID } from 'node:crypto';
import type { Actor } from '../../domain/access.ts';
import type { ExecSpec } from '../../domain/exec.ts';
import { assertExecAllowed } from '../../domain/exec-policy.ts';
import { reachContainer } from '../containers/reach-container.ts';
import type { ExecDeps } from './deps.ts';

export interface CreateExecInput {
  readonly host: string;
  readonly container: string;
  readonly spec: ExecSpec;
}

/**
 * Makes an exec instance, marked so that its process can be ended.
 *
 * @throws FairleadError POLICY_VIOLATION, CONTAINER_NOT_RUNNING, CONTAINER_PAUSED, ENGINE_REJECTED, and as `reachContainer`
 */
export function createExec(deps: ExecDeps) {
  const reach = reachContainer(deps);
  return async (
    actor: Actor,
    { host, container, spec }: CreateExecInput,
    signal?: AbortSignal,
  ): Promise<{ readonly execId: string }> => {
    assertExecAllowed(actor, spec);
    const { id: containerId } = await reach(actor, host, container, signal);
    const token = randomUUID();
    const execId = await deps.exec(host).create(containerId, { ...spec, token }, signal);
    deps.processes.remember(execId, {
      host,
      containerId,
      token,
      user: spec.user ?? '',
      privileged: spec.privileged,
      detachable: spec.detachKeys !== undefined,
    });
    return { execId };
  };
}
