import { type Actor, assertHost, assertWholeHost } from '../../domain/access.ts';
import type { EngineInfo } from '../../domain/engine-info.ts';
import type { HostLookup } from '../ports/host-lookup.ts';
import type { SystemReader } from '../ports/system.ts';

/**
 * An Engine and its machine. Not for tokens narrowed to stacks: it counts what the others have.
 *
 * @throws FairleadError FORBIDDEN, HOST_NOT_FOUND, ENGINE_UNREACHABLE, ENGINE_TIMEOUT
 */
export function readInfo({ systems }: { readonly systems: HostLookup<Pick<SystemReader, 'info'>> }) {
  return async (actor: Actor, host: string, signal?: AbortSignal): Promise<EngineInfo> => {
    assertHost(actor, host);
    assertWholeHost(actor);
    return systems(host).info(signal);
  };
}
