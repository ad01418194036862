import type { Actor } from '../../domain/access.ts';
import type { GetContainerDeps, GetContainerInput } from './get-container.ts';
import { reachContainer } from './reach-container.ts';

/** The Engine's own JSON of a container that the actor reaches. Throws as `reachContainer`. */
export function getRawContainer(deps: GetContainerDeps) {
  const reach = reachContainer(deps);
  return async (
    actor: Actor,
    { host, ref, size }: GetContainerInput,
    signal?: AbortSignal,
  ): Promise<object> => {
    const { id } = await reach(actor, host, ref, signal);
    return await deps.containers(host).raw(id, { size }, signal);
  };
}
