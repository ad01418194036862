import type { Actor } from '../../domain/access.ts';
import type { PathStat } from '../../domain/container.ts';
import type { ContainerArchive } from '../ports/containers.ts';
import type { HostLookup } from '../ports/host-lookup.ts';
import { type ReachContainerDeps, withContainer } from './reach-container.ts';

export interface ArchiveDeps extends ReachContainerDeps {
  readonly archive: HostLookup<ContainerArchive>;
}

export interface ArchiveInput {
  readonly host: string;
  readonly ref: string;
  /** In the container. */
  readonly path: string;
}

export interface ReadArchive {
  readonly stat: PathStat;
  /** A tar. Whoever stops reading returns the iterator or aborts. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** A file or folder of a container that the actor reaches, as a tar. Throws as `reachContainer`, and PATH_NOT_FOUND. */
export function readArchive(deps: ArchiveDeps) {
  const at = withContainer(deps);
  return async (
    actor: Actor,
    { host, ref, path }: ArchiveInput,
    signal?: AbortSignal,
  ): Promise<ReadArchive> => {
    return await at(
      actor,
      { host, ref },
      ({ id }) => deps.archive(host).readArchive(id, path, signal),
      signal,
    );
  };
}
