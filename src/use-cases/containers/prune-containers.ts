import { type Actor, assertHost, assertWholeHost } from '../../domain/access.ts';
import type { EngineFilters } from '../../domain/engine-filters.ts';
import type { ContainerPruner } from '../ports/containers.ts';
import type { HostLookup } from '../ports/host-lookup.ts';

export interface PruneContainersDeps {
  readonly pruner: HostLookup<ContainerPruner>;
}

/**
 * Removes the containers of a host that do not run and fit the filters.
 *
 * @throws FairleadError FORBIDDEN, also for a token that is narrowed to stacks; ENGINE_REJECTED for a filter it does not know
 */
export function pruneContainers(deps: PruneContainersDeps) {
  return async (
    actor: Actor,
    { host, filters }: { readonly host: string; readonly filters: EngineFilters },
    signal?: AbortSignal,
  ): Promise<{ readonly removed: readonly string[]; readonly reclaimedBytes: number }> => {
    assertHost(actor, host);
    assertWholeHost(actor);
    return await deps.pruner(host).prune(filters, signal);
  };
}
