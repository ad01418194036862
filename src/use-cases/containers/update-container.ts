import type { Actor } from '../../domain/access.ts';
import type { ContainerChange } from '../../domain/container-spec.ts';
import { type ReachedContainer, withContainer } from './reach-container.ts';
import type { EditContainerDeps } from './rename-container.ts';

export interface UpdateContainerInput {
  readonly host: string;
  readonly ref: string;
  readonly change: ContainerChange;
}

/** Changes limits and restart policy of a container that the actor reaches. Throws as `reachContainer`, and CONFLICT. */
export function updateContainer(deps: EditContainerDeps) {
  const at = withContainer(deps);
  return async (
    actor: Actor,
    { host, ref, change }: UpdateContainerInput,
    signal?: AbortSignal,
  ): Promise<{ readonly id: string; readonly warnings: readonly string[] }> => {
    const act = async ({ id }: ReachedContainer) => ({
      id,
      ...(await deps.editor(host).update(id, change, signal)),
    });
    return await at(actor, { host, ref }, act, signal);
  };
}
