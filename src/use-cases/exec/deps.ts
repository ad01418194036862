import type { ContainerReader } from '../ports/containers.ts';
import type { EngineHealth } from '../ports/engine-health.ts';
import type { AttachClient, ExecClient } from '../ports/exec.ts';
import type { HostLookup } from '../ports/host-lookup.ts';
import type { ProcessKeeper } from './process-keeper.ts';

/** What the use cases of processes share. */
export interface ExecDeps {
  readonly containers: HostLookup<Pick<ContainerReader, 'find'>>;
  readonly exec: HostLookup<ExecClient>;
  readonly attach: HostLookup<AttachClient>;
  readonly health: HostLookup<Pick<EngineHealth, 'watch' | 'failure'>>;
  readonly processes: ProcessKeeper;
}
