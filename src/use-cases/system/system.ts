import type { HostLookup } from '../ports/host-lookup.ts';
import type { SystemReader } from '../ports/system.ts';
import { type CheckReadinessDeps, checkReadiness } from './check-readiness.ts';
import { readDiskUsage } from './read-disk-usage.ts';
import { readInfo } from './read-info.ts';
import { readVersion } from './read-version.ts';

export interface SystemDeps extends CheckReadinessDeps {
  readonly systems: HostLookup<SystemReader>;
}

/** Everything about the server's own state and about the Engines as a whole. */
export interface System {
  readonly checkReadiness: ReturnType<typeof checkReadiness>;
  readonly readVersion: ReturnType<typeof readVersion>;
  readonly readInfo: ReturnType<typeof readInfo>;
  readonly readDiskUsage: ReturnType<typeof readDiskUsage>;
}

export function createSystem(deps: SystemDeps): System {
  return {
    checkReadiness: checkReadiness(deps),
    readVersion: readVersion(deps),
    readInfo: readInfo(deps),
    readDiskUsage: readDiskUsage(deps),
  };
}
