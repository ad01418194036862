import { type Actor, assertHost, reachesLabels } from '../../domain/access.ts';
import type { ContainerSummary } from '../../domain/container.ts';
import { FairleadError, isFairleadError } from '../../domain/errors.ts';
import type { ContainerReader } from '../ports/containers.ts';
import type { HostLookup } from '../ports/host-lookup.ts';

export interface ReachContainerDeps {
  readonly containers: HostLookup<Pick<ContainerReader, 'find'>>;
}

/** A container that the actor may touch. Act on its `id`: a name may mean another container a moment later. */
export interface ReachedContainer extends ContainerSummary {
  /** Whether it has a process; a paused one has. */
  readonly running: boolean;
}

/**
 * Finds the container that a name, a full id or a unique prefix of an id means, mostly without asking the Engine, and makes sure
 * that the actor's token reaches it. Every use case of one container starts with it.
 *
 * @throws FairleadError FORBIDDEN, HOST_NOT_FOUND, CONTAINER_NOT_FOUND, AMBIGUOUS_REFERENCE, INVALID_REFERENCE
 */
export function reachContainer(deps: ReachContainerDeps) {
  return async (actor: Actor, host: string, ref: string, signal?: AbortSignal): Promise<ReachedContainer> => {
    assertHost(actor, host);
    const found = await findContainer(deps.containers(host), actor, ref, signal);
    assertReaches(actor, found);
    return { ...found, running: found.state === 'running' || found.state === 'paused' };
  };
}

/**
 * Reaches a container and does something with it. Once more, if it is gone and another has its name by now: what is known of
 * names may be a moment old, and containers are replaced under their names all the time.
 */
export function withContainer(deps: ReachContainerDeps) {
  const reach = reachContainer(deps);
  return async <T>(
    actor: Actor,
    { host, ref }: { readonly host: string; readonly ref: string },
    act: (container: ReachedContainer) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> => {
    const container = await reach(actor, host, ref, signal);
    try {
      return await act(container);
    } catch (error) {
      if (!isFairleadError(error, 'CONTAINER_NOT_FOUND')) throw error;
      const next = await reach(actor, host, ref, signal);
      if (next.id === container.id) throw error;
      return await act(next);
    }
  };
}

/** Throws FORBIDDEN for a container beyond the stacks that the token is narrowed to. */
export function assertReaches(actor: Actor, container: Pick<ContainerSummary, 'name' | 'labels'>): void {
  if (reachesLabels(actor, container.labels)) return;
  throw new FairleadError(
    'FORBIDDEN',
    `The token "${actor.name}" is narrowed to stacks that the container "${container.name}" does not belong to.`,
  );
}

/** `find` of the port, telling a narrowed token no names of containers that it may not know. */
export async function findContainer(
  containers: Pick<ContainerReader, 'find'>,
  actor: Actor,
  ref: string,
  signal: AbortSignal | undefined,
): Promise<ContainerSummary> {
  try {
    return await containers.find(ref, signal);
  } catch (error) {
    if (actor.stacks !== null && isFairleadError(error, 'AMBIGUOUS_REFERENCE')) {
      throw new FairleadError('AMBIGUOUS_REFERENCE', `"${ref}" fits more than one container.`);
    }
    throw error;
  }
}
