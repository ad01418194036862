import type { Actor } from '../../domain/access.ts';
import type { ContainerEditor } from '../ports/containers.ts';
import type { HostLookup } from '../ports/host-lookup.ts';
import { type ReachContainerDeps, type ReachedContainer, withContainer } from './reach-container.ts';

export interface EditContainerDeps extends ReachContainerDeps {
  readonly editor: HostLookup<ContainerEditor>;
}

/**
 * Gives a container that the actor reaches another name.
 *
 * @returns the container as it was before
 * @throws FairleadError as `reachContainer`, NAME_IN_USE
 */
export function renameContainer(deps: EditContainerDeps) {
  const at = withContainer(deps);
  return async (
    actor: Actor,
    { host, ref, name }: { readonly host: string; readonly ref: string; readonly name: string },
    signal?: AbortSignal,
  ): Promise<ReachedContainer> => {
    const act = async (container: ReachedContainer) => {
      await deps.editor(host).rename(container.id, name, signal);
      return container;
    };
    return await at(actor, { host, ref }, act, signal);
  };
}
