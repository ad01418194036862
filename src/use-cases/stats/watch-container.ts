import type { Actor } from '../../domain/access.ts';
import type { ContainerStats } from '../../domain/container-stats.ts';
import { type ReachContainerDeps, reachContainer } from '../containers/reach-container.ts';
import type { HostLookup } from '../ports/host-lookup.ts';
import type { ContainerStatsSource } from '../ports/stats.ts';

export interface WatchContainerDeps extends ReachContainerDeps {
  readonly stats: HostLookup<Pick<ContainerStatsSource, 'watch'>>;
}

/** What a container uses, once a second until it is removed. Throws as `reachContainer`. */
export function watchContainer(deps: WatchContainerDeps) {
  const reach = reachContainer(deps);
  return async (
    actor: Actor,
    { host, ref }: { readonly host: string; readonly ref: string },
    signal: AbortSignal,
  ): Promise<AsyncIterable<ContainerStats>> => {
    const { id } = await reach(actor, host, ref, signal);
    return deps.stats(host).watch(id, signal);
  };
}
