import { type Actor, assertHost, assertWholeHost } from '../../domain/access.ts';
import type { DiskUsage } from '../../domain/engine-info.ts';
import type { HostLookup } from '../ports/host-lookup.ts';
import type { SystemReader } from '../ports/system.ts';

/**
 * What images, containers, volumes and the build cache take on disk. Not for tokens narrowed to stacks.
 *
 * @throws FairleadError FORBIDDEN, HOST_NOT_FOUND, ENGINE_UNREACHABLE, ENGINE_TIMEOUT
 */
export function readDiskUsage({
  systems,
}: {
  readonly systems: HostLookup<Pick<SystemReader, 'diskUsage'>>;
}) {
  return async (actor: Actor, host: string, signal?: AbortSignal): Promise<DiskUsage> => {
    assertHost(actor, host);
    assertWholeHost(actor);
    return systems(host).diskUsage(signal);
  };
}
