import type { Actor } from '../../domain/access.ts';
import type { FileChange } from '../../domain/container.ts';
import type { ContainerReader } from '../ports/containers.ts';
import type { HostLookup } from '../ports/host-lookup.ts';
import { withContainer } from './reach-container.ts';

export interface ListChangesDeps {
  readonly containers: HostLookup<Pick<ContainerReader, 'find' | 'changes'>>;
}

/** What a container that the actor reaches has changed in the files of its image. Throws as `reachContainer`. */
export function listChanges(deps: ListChangesDeps) {
  const at = withContainer(deps);
  return async (
    actor: Actor,
    { host, ref }: { readonly host: string; readonly ref: string },
    signal?: AbortSignal,
  ): Promise<readonly FileChange[]> => {
    return await at(actor, { host, ref }, ({ id }) => deps.containers(host).changes(id, signal), signal);
  };
}
