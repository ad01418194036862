import type { Actor } from '../../domain/access.ts';
import type { ArchiveWriteOptions } from '../ports/containers.ts';
import { type ReachedContainer, reachContainer } from './reach-container.ts';
import type { ArchiveDeps, ArchiveInput } from './read-archive.ts';

export interface WriteArchiveInput extends ArchiveInput {
  /** An uncompressed tar, read only as fast as the Engine takes it. */
  readonly tar: AsyncIterable<Uint8Array>;
  readonly options: ArchiveWriteOptions;
}

/**
 * Unpacks a tar into a folder of a container that the actor reaches.
 *
 * @throws FairleadError as `reachContainer`, PATH_NOT_FOUND, ENGINE_REJECTED for what is no tar
 */
export function writeArchive(deps: ArchiveDeps) {
  const reach = reachContainer(deps);
  return async (
    actor: Actor,
    { host, ref, path, tar, options }: WriteArchiveInput,
    signal?: AbortSignal,
  ): Promise<ReachedContainer> => {
    const container = await reach(actor, host, ref, signal);
    await deps.archive(host).writeArchive(container.id, path, tar, options, signal);
    return container;
  };
}
