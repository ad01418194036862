import type { Actor } from '../../domain/access.ts';
import type { ContainerLifecycle, RemoveOptions, StopOptions } from '../ports/containers.ts';
import type { HostLookup } from '../ports/host-lookup.ts';
import { type ReachContainerDeps, type ReachedContainer, withContainer } from './reach-container.ts';

/** What is to be done with a container, with the options that it knows. */
export type ContainerAction =
  | { readonly verb: 'start' | 'pause' | 'unpause' }
  | { readonly verb: 'stop' | 'restart'; readonly options: StopOptions }
  | { readonly verb: 'kill'; readonly options: { readonly signal?: string } }
  | { readonly verb: 'remove'; readonly options: RemoveOptions };

export interface ActOnContainerDeps extends ReachContainerDeps {
  readonly lifecycle: HostLookup<ContainerLifecycle>;
}

export interface ActOnContainerInput {
  readonly host: string;
  /** Name, id or unique prefix of an id. */
  readonly ref: string;
  readonly action: ContainerAction;
}

/**
 * Starts, stops, restarts, kills, pauses, unpauses or removes a container that the actor reaches. To bring one where it is
 * already is no error.
 *
 * @returns the container as it was before
 * @throws FairleadError as `reachContainer`, CONTAINER_NOT_RUNNING, CONTAINER_PAUSED, CONFLICT
 */
export function actOnContainer(deps: ActOnContainerDeps) {
  const at = withContainer(deps);
  return async (
    actor: Actor,
    { host, ref, action }: ActOnContainerInput,
    signal?: AbortSignal,
  ): Promise<ReachedContainer> => {
    const act = async (container: ReachedContainer) => {
      await perform(deps.lifecycle(host), container.id, action, signal);
      return container;
    };
    return await at(actor, { host, ref }, act, signal);
  };
}

function perform(
  lifecycle: ContainerLifecycle,
  id: string,
  action: ContainerAction,
  signal: AbortSignal | undefined,
): Promise<void> {
  switch (action.verb) {
    case 'start':
    case 'pause':
    case 'unpause':
      return lifecycle[action.verb](id, signal);
    case 'stop':
    case 'restart':
      return lifecycle[action.verb](id, action.options, signal);
    case 'kill':
      return lifecycle.kill(id, action.options, signal);
    case 'remove':
      return lifecycle.remove(id, action.options, signal);
  }
}
