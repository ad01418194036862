import { type Actor, assertHost } from '../../domain/access.ts';
import type { HostStats } from '../../domain/container-stats.ts';
import type { HostLookup } from '../ports/host-lookup.ts';
import type { HostSample, HostStatsSource } from '../ports/stats.ts';

export interface WatchHostDeps {
  readonly hostStats: HostLookup<HostStatsSource>;
}

/**
 * What the running containers of a host use, once a second: those of its stacks for a token that is narrowed to some. All
 * others get the very same objects.
 *
 * @throws FairleadError FORBIDDEN, HOST_NOT_FOUND, ENGINE_UNREACHABLE
 */
export function watchHost(deps: WatchHostDeps) {
  return async (
    actor: Actor,
    { host }: { readonly host: string },
    signal: AbortSignal,
  ): Promise<AsyncIterable<HostStats>> => {
    assertHost(actor, host);
    return reachable(await deps.hostStats(host).watchHost(signal), actor.stacks);
  };
}

async function* reachable(
  samples: AsyncIterable<HostSample>,
  stacks: readonly string[] | null,
): AsyncGenerator<HostStats, void, undefined> {
  for await (const { stats, stacks: stackOf } of samples) {
    if (stacks === null) {
      yield stats;
      continue;
    }
    const own = stats.items.filter(({ containerId }) => stacks.includes(stackOf.get(containerId) ?? ''));
    yield { ...stats, items: own };
  }
}
