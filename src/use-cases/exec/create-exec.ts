import { randomUUID } from 'node:crypto';
import type { Actor } from '../../domain/access.ts';
import { parseDetachKeys } from '../../domain/detach-keys.ts';
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
 * @throws FairleadError POLICY_VIOLATION, VALIDATION_FAILED for keys that are none, CONTAINER_NOT_RUNNING, CONTAINER_PAUSED, ENGINE_REJECTED, and as `reachContainer`
 */
export function createExec(deps: ExecDeps) {
  const reach = reachContainer(deps);
  return async (
    actor: Actor,
    { host, container, spec }: CreateExecInput,
    signal?: AbortSignal,
  ): Promise<{ readonly execId: string }> => {
    assertExecAllowed(actor, spec);
    if (spec.detachKeys !== undefined) parseDetachKeys(spec.detachKeys);
    const { id: containerId } = await reach(actor, host, container, signal);
    const execId = await deps.exec(host).create(containerId, { ...spec, token: randomUUID() }, signal);
    return { execId };
  };
}
