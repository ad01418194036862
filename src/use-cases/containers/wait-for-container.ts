import type { Actor } from '../../domain/access.ts';
import type { ContainerWaiter, WaitCondition } from '../ports/containers.ts';
import type { HostLookup } from '../ports/host-lookup.ts';
import { type ReachContainerDeps, withContainer } from './reach-container.ts';

export interface WaitForContainerDeps extends ReachContainerDeps {
  readonly waiter: HostLookup<ContainerWaiter>;
}

export interface WaitForContainerInput {
  readonly host: string;
  readonly ref: string;
  readonly condition: WaitCondition;
}

/** Waits, however long it takes, for a container that the actor reaches. Throws as `reachContainer`. */
export function waitForContainer(deps: WaitForContainerDeps) {
  const at = withContainer(deps);
  return async (
    actor: Actor,
    { host, ref, condition }: WaitForContainerInput,
    signal?: AbortSignal,
  ): Promise<{ readonly exitCode: number; readonly error: string | null }> => {
    return await at(actor, { host, ref }, ({ id }) => deps.waiter(host).wait(id, condition, signal), signal);
  };
}
