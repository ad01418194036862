import type { HostPathLimits } from '../../domain/host-paths.ts';
import type {
  ContainerArchive,
  ContainerCommitter,
  ContainerEditor,
  ContainerFactory,
  ContainerLifecycle,
  ContainerPruner,
  ContainerReader,
  ContainerWaiter,
} from '../ports/containers.ts';
import type { HostLookup } from '../ports/host-lookup.ts';
import type { NamedObjectReader } from '../ports/named-objects.ts';
import { actOnContainer } from './act-on-container.ts';
import { commitContainer } from './commit-container.ts';
import { createContainer } from './create-container.ts';
import { getContainer } from './get-container.ts';
import { getRawContainer } from './get-raw-container.ts';
import { listChanges } from './list-changes.ts';
import { listContainers } from './list-containers.ts';
import { listProcesses } from './list-processes.ts';
import { pruneContainers } from './prune-containers.ts';
import { readArchive } from './read-archive.ts';
import { renameContainer } from './rename-container.ts';
import { statPath } from './stat-path.ts';
import { updateContainer } from './update-container.ts';
import { waitForContainer } from './wait-for-container.ts';
import { writeArchive } from './write-archive.ts';

/** All ports of the containers of one Engine. */
export type ContainerPorts = ContainerReader &
  ContainerLifecycle &
  ContainerFactory &
  ContainerEditor &
  ContainerCommitter &
  ContainerWaiter &
  ContainerArchive &
  ContainerPruner;

export interface ContainersDeps {
  readonly containers: HostLookup<ContainerPorts>;
  readonly objects: HostLookup<NamedObjectReader>;
  /** What of a host's files others than admins may have mounted. */
  readonly limits: HostLookup<HostPathLimits>;
}

/** Everything that can be done with containers, except their logs, stats and processes. */
export interface Containers {
  readonly list: ReturnType<typeof listContainers>;
  readonly create: ReturnType<typeof createContainer>;
  readonly get: ReturnType<typeof getContainer>;
  readonly getRaw: ReturnType<typeof getRawContainer>;
  readonly act: ReturnType<typeof actOnContainer>;
  readonly rename: ReturnType<typeof renameContainer>;
  readonly update: ReturnType<typeof updateContainer>;
  readonly commit: ReturnType<typeof commitContainer>;
  readonly listProcesses: ReturnType<typeof listProcesses>;
  readonly listChanges: ReturnType<typeof listChanges>;
  readonly wait: ReturnType<typeof waitForContainer>;
  readonly readArchive: ReturnType<typeof readArchive>;
  readonly statPath: ReturnType<typeof statPath>;
  readonly writeArchive: ReturnType<typeof writeArchive>;
  readonly prune: ReturnType<typeof pruneContainers>;
}

/** Joins the use cases of containers over their ports. */
export function createContainers({ containers, ...more }: ContainersDeps): Containers {
  const deps = {
    ...more,
    ...{ containers, factory: containers, lifecycle: containers, editor: containers, committer: containers },
    ...{ waiter: containers, archive: containers, pruner: containers },
  };
  return {
    list: listContainers(deps),
    create: createContainer(deps),
    get: getContainer(deps),
    getRaw: getRawContainer(deps),
    act: actOnContainer(deps),
    rename: renameContainer(deps),
    update: updateContainer(deps),
    commit: commitContainer(deps),
    listProcesses: listProcesses(deps),
    listChanges: listChanges(deps),
    wait: waitForContainer(deps),
    readArchive: readArchive(deps),
    statPath: statPath(deps),
    writeArchive: writeArchive(deps),
    prune: pruneContainers(deps),
  };
}
