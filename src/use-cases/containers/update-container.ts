import type { Actor } from '../../domain/access.ts';
import type { ContainerChange } from '../../domain/container-spec.ts';
import { reachContainer } from './reach-container.ts';
import type { EditContainerDeps } from './rename-container.ts';

export interface UpdateContainerInput {
  readonly host: string;
  readonly ref: string;
  readonly change: ContainerChange;
}

/** Changes limits and restart policy of a container that the actor reaches. Throws as `reachContainer`, and CONFLICT. */
export function updateContainer(deps: EditContainerDeps) {
  const reach = reachContainer(deps);
  return async (
    actor: Actor,
    { host, ref, change }: UpdateContainerInput,
    signal?: AbortSignal,
  ): Promise<{ readonly id: string; readonly warnings: readonly string[] }> => {
    const { id } = await reach(actor, host, ref, signal);
    const { warnings } = await deps.editor(host).update(id, change, signal);
    return { id, warnings };
  };
}
