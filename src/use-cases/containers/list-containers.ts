import { type Actor, assertHost, reachesLabels } from '../../domain/access.ts';
import type { ContainerSummary } from '../../domain/container.ts';
import type { ContainerQuery, ContainerReader } from '../ports/containers.ts';
import type { HostLookup } from '../ports/host-lookup.ts';

export interface ListContainersDeps {
  readonly containers: HostLookup<Pick<ContainerReader, 'list'>>;
}

/**
 * The containers of a host that the actor reaches, newest first. For a token that is not narrowed the same question gets the very
 * same array while nothing changes.
 *
 * @throws FairleadError FORBIDDEN, HOST_NOT_FOUND, ENGINE_REJECTED for filters that the Engine does not know
 */
export function listContainers(deps: ListContainersDeps) {
  return async (
    actor: Actor,
    { host, query }: { readonly host: string; readonly query: ContainerQuery },
    signal?: AbortSignal,
  ): Promise<readonly ContainerSummary[]> => {
    assertHost(actor, host);
    const containers = deps.containers(host);
    if (actor.stacks === null) return await containers.list(query, signal);
    // The limit counts those that the token may see; as at the Engine it takes in those that do not run.
    const { limit, all = false, ...rest } = query;
    const wider = await containers.list({ ...rest, all: all || limit !== undefined }, signal);
    return wider.filter(({ labels }) => reachesLabels(actor, labels)).slice(0, limit);
  };
}
