import type { Actor } from '../../domain/access.ts';
import type { ContainerStats } from '../../domain/container-stats.ts';
import { type ReachContainerDeps, reachContainer } from '../containers/reach-container.ts';
import type { HostLookup } from '../ports/host-lookup.ts';
import type { ContainerStatsSource } from '../ports/stats.ts';

export interface SampleContainerDeps extends ReachContainerDeps {
  readonly stats: HostLookup<Pick<ContainerStatsSource, 'sample'>>;
}

/** What a container uses now. Throws as `reachContainer`. */
export function sampleContainer(deps: SampleContainerDeps) {
  const reach = reachContainer(deps);
  return async (
    actor: Actor,
    { host, ref }: { readonly host: string; readonly ref: string },
    signal?: AbortSignal,
  ): Promise<ContainerStats> => {
    const { id } = await reach(actor, host, ref, signal);
    return await deps.stats(host).sample(id, signal);
  };
}
