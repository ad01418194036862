import type { Actor } from '../../domain/access.ts';
import type { ContainerDetails } from '../../domain/container.ts';
import type { ContainerReader } from '../ports/containers.ts';
import type { HostLookup } from '../ports/host-lookup.ts';
import { withContainer } from './reach-container.ts';

export interface GetContainerDeps {
  readonly containers: HostLookup<Pick<ContainerReader, 'find' | 'get' | 'raw'>>;
}

export interface GetContainerInput {
  readonly host: string;
  readonly ref: string;
  /** With its sizes, which the Engine has to add up. */
  readonly size: boolean;
}

/** All that is known of a container that the actor reaches. Throws as `reachContainer`. */
export function getContainer(deps: GetContainerDeps) {
  const at = withContainer(deps);
  return async (
    actor: Actor,
    { host, ref, size }: GetContainerInput,
    signal?: AbortSignal,
  ): Promise<ContainerDetails> => {
    return await at(
      actor,
      { host, ref },
      ({ id }) => deps.containers(host).get(id, { size }, signal),
      signal,
    );
  };
}
