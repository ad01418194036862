import type {
  ContainerDetails,
  ContainerProcesses,
  ContainerSummary,
  FileChange,
  PathStat,
} from '../../domain/container.ts';
import type { ContainerChange } from '../../domain/container-spec.ts';
import type { EngineCreate } from '../../domain/engine-create.ts';
import type { EngineFilters } from '../../domain/engine-filters.ts';

/*
 * Shared by all methods here. A `ref` is a name, a full id or a unique prefix of an id. They throw CONTAINER_NOT_FOUND,
 * INVALID_REFERENCE and AMBIGUOUS_REFERENCE for one that fits no container, or more than one; ENGINE_UNREACHABLE,
 * ENGINE_TIMEOUT and ENGINE_ERROR for the Engine's failures; and `signal`'s own reason when the caller gives up.
 * Whoever decides by a container's labels whether an actor may touch it acts on the `id` that it decided about: a name may
 * mean another container a moment later.
 */

export interface ContainerQuery {
  /** Those that do not run too. */
  readonly all?: boolean;
  /** The newest so many, whether they run or not. */
  readonly limit?: number;
  /** With `sizes`, which the Engine takes its time to add up. */
  readonly size?: boolean;
  readonly filters?: EngineFilters;
}

export interface ContainerReader {
  /**
   * Newest first. While nothing has changed, the same query gets the same array, so that what was derived from it can be kept.
   *
   * @throws FairleadError ENGINE_REJECTED for filters that the Engine does not know
   */
  list(query?: ContainerQuery, signal?: AbortSignal): Promise<readonly ContainerSummary[]>;
  /** One container as the list shows it, mostly without asking the Engine. */
  find(ref: string, signal?: AbortSignal): Promise<ContainerSummary>;
  get(ref: string, options?: { readonly size?: boolean }, signal?: AbortSignal): Promise<ContainerDetails>;
  /** The Engine's own JSON. */
  raw(ref: string, options?: { readonly size?: boolean }, signal?: AbortSignal): Promise<object>;
  /** @throws FairleadError CONTAINER_NOT_RUNNING */
  top(ref: string, psArgs?: string, signal?: AbortSignal): Promise<ContainerProcesses>;
  /** What differs from the image. */
  changes(ref: string, signal?: AbortSignal): Promise<readonly FileChange[]>;
}

/** Each resolves when the Engine is done, and a list read after that shows it. One that is there already is left as it is. */
export interface ContainerLifecycle {
  start(ref: string, signal?: AbortSignal): Promise<void>;
  /** `timeoutSeconds`: how long it may take to end by itself; the container's own setting where it is missing, -1 for ever. */
  stop(ref: string, options?: StopOptions, signal?: AbortSignal): Promise<void>;
  restart(ref: string, options?: StopOptions, signal?: AbortSignal): Promise<void>;
  /** @throws FairleadError CONTAINER_NOT_RUNNING */
  kill(ref: string, options?: { readonly signal?: string }, signal?: AbortSignal): Promise<void>;
  /** @throws FairleadError CONTAINER_NOT_RUNNING */
  pause(ref: string, signal?: AbortSignal): Promise<void>;
  unpause(ref: string, signal?: AbortSignal): Promise<void>;
  /** @throws FairleadError CONFLICT for one that runs, unless `force` */
  remove(ref: string, options?: RemoveOptions, signal?: AbortSignal): Promise<void>;
}

export interface StopOptions {
  readonly timeoutSeconds?: number;
  /** Such as `SIGINT`; the container's own stop signal where it is missing. */
  readonly signal?: string;
}

export interface RemoveOptions {
  /** Kills it first if it runs. */
  readonly force?: boolean;
  /** Its anonymous volumes with it. */
  readonly volumes?: boolean;
}

export interface ContainerFactory {
  /**
   * Makes a container without starting it; in full or, when it throws, not at all. Sends the body as it is, so that what
   * was checked is what is asked for; only networks that this Engine takes one at a time are connected after it.
   *
   * @throws FairleadError IMAGE_NOT_FOUND, NAME_IN_USE, ENGINE_OBJECT_NOT_FOUND (a network), ENGINE_REJECTED
   */
  create(
    request: EngineCreate,
    signal?: AbortSignal,
  ): Promise<{ readonly id: string; readonly warnings: readonly string[] }>;
}

export interface ContainerEditor {
  /** @throws FairleadError NAME_IN_USE */
  rename(ref: string, name: string, signal?: AbortSignal): Promise<void>;
  update(
    ref: string,
    change: ContainerChange,
    signal?: AbortSignal,
  ): Promise<{ readonly warnings: readonly string[] }>;
}

export interface CommitOptions {
  readonly repository?: string;
  readonly tag?: string;
  readonly comment?: string;
  readonly author?: string;
  /** Pauses the container meanwhile. Default true. */
  readonly pause?: boolean;
  /** Lines of a Dockerfile, such as `ENV A=b`. */
  readonly changes?: readonly string[];
}

export interface ContainerCommitter {
  commit(ref: string, options: CommitOptions, signal?: AbortSignal): Promise<{ readonly imageId: string }>;
}

export const WAIT_CONDITIONS = ['not-running', 'next-exit', 'removed'] as const;
export type WaitCondition = (typeof WAIT_CONDITIONS)[number];

export interface ContainerWaiter {
  /**
   * Resolves when the condition is met, however long that takes.
   *
   * @throws FairleadError ENGINE_UNREACHABLE when the Engine goes away meanwhile
   */
  wait(
    ref: string,
    condition: WaitCondition,
    signal?: AbortSignal,
  ): Promise<{ readonly exitCode: number; readonly error: string | null }>;
}

export interface ArchiveWriteOptions {
  /** Refuses to replace a folder by something else, and the other way round. */
  readonly noOverwriteDirNonDir?: boolean;
  readonly copyUidGid?: boolean;
}

/** Files of a container as tar streams. All throw PATH_NOT_FOUND. */
export interface ContainerArchive {
  /** The body ends early with an error when the Engine breaks off. Whoever stops reading returns the iterator or aborts. */
  readArchive(
    ref: string,
    path: string,
    signal?: AbortSignal,
  ): Promise<{ readonly stat: PathStat; readonly body: AsyncIterable<Uint8Array> }>;
  /** Unpacks an uncompressed tar into the folder `path`, reading it only as fast as the Engine takes it. */
  writeArchive(
    ref: string,
    path: string,
    tar: AsyncIterable<Uint8Array>,
    options?: ArchiveWriteOptions,
    signal?: AbortSignal,
  ): Promise<void>;
  statPath(ref: string, path: string, signal?: AbortSignal): Promise<PathStat>;
}

export interface ContainerPruner {
  /** Removes those that do not run and fit the filters (`label`, `until`). */
  prune(
    filters?: EngineFilters,
    signal?: AbortSignal,
  ): Promise<{ readonly removed: readonly string[]; readonly reclaimedBytes: number }>;
}
