import type { Actor } from '../../domain/access.ts';
import type { GetContainerDeps, GetContainerInput } from './get-container.ts';
import { withContainer } from './reach-container.ts';

/** The Engine's own JSON of a container that the actor reaches. Throws as `reachContainer`. */
export function getRawContainer(deps: GetContainerDeps) {
  const at = withContainer(deps);
  return async (
    actor: Actor,
    { host, ref, size }: GetContainerInput,
    signal?: AbortSignal,
  ): Promise<object> => {
    return await at(
      actor,
      { host, ref },
      ({ id }) => deps.containers(host).raw(id, { size }, signal),
      signal,
    );
  };
}
