import { type Actor, assertHost } from '../../domain/access.ts';
import type { EngineVersion } from '../../domain/engine-info.ts';
import type { HostLookup } from '../ports/host-lookup.ts';
import type { SystemReader } from '../ports/system.ts';

/** Versions of an Engine. @throws FairleadError FORBIDDEN, HOST_NOT_FOUND, ENGINE_UNREACHABLE, ENGINE_TIMEOUT */
export function readVersion({ systems }: { readonly systems: HostLookup<Pick<SystemReader, 'version'>> }) {
  return async (actor: Actor, host: string, signal?: AbortSignal): Promise<EngineVersion> => {
    assertHost(actor, host);
    return systems(host).version(signal);
  };
}
