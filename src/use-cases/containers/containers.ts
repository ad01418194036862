import type { ContainerReader } from '../ports/containers.ts';
import type { HostLookup } from '../ports/host-lookup.ts';
import { type ActOnContainerDeps, actOnContainer } from './act-on-container.ts';
import { type CommitContainerDeps, commitContainer } from './commit-container.ts';
import { type CreateContainerDeps, createContainer } from './create-container.ts';
import { getContainer } from './get-container.ts';
import { getRawContainer } from './get-raw-container.ts';
import { listChanges } from './list-changes.ts';
import { listContainers } from './list-containers.ts';
import { listProcesses } from './list-processes.ts';
import { type PruneContainersDeps, pruneContainers } from './prune-containers.ts';
import { type ArchiveDeps, readArchive } from './read-archive.ts';
import { type EditContainerDeps, renameContainer } from './rename-container.ts';
import { statPath } from './stat-path.ts';
import { updateContainer } from './update-container.ts';
import { type WaitForContainerDeps, waitForContainer } from './wait-for-container.ts';
import { writeArchive } from './write-archive.ts';

export interface ContainersDeps
  extends ActOnContainerDeps,
    ArchiveDeps,
    CommitContainerDeps,
    CreateContainerDeps,
    EditContainerDeps,
    PruneContainersDeps,
    WaitForContainerDeps {
  readonly containers: HostLookup<ContainerReader>;
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
export function createContainers(deps: ContainersDeps): Containers {
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
