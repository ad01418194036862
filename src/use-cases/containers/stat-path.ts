import type { Actor } from '../../domain/access.ts';
import type { PathStat } from '../../domain/container.ts';
import { withContainer } from './reach-container.ts';
import type { ArchiveDeps, ArchiveInput } from './read-archive.ts';

/** What a path in a container that the actor reaches is. Throws as `reachContainer`, and PATH_NOT_FOUND. */
export function statPath(deps: ArchiveDeps) {
  const at = withContainer(deps);
  return async (actor: Actor, { host, ref, path }: ArchiveInput, signal?: AbortSignal): Promise<PathStat> => {
    return await at(actor, { host, ref }, ({ id }) => deps.archive(host).statPath(id, path, signal), signal);
  };
}
