import type { ContainerStats, HostStats } from '../../domain/container-stats.ts';

export interface ContainerStatsSource {
  /** One sample, as soon as the Engine can give one; zeros for a container that does not run. */
  sample(containerId: string, signal?: AbortSignal): Promise<ContainerStats>;
  /**
   * A sample a second, of a container that does not run too. All who watch a container share one stream of the Engine; a slow
   * reader gets the newest only. Ends when the container is removed and when `signal` aborts.
   *
   * @throws FairleadError ENGINE_UNREACHABLE while it is read, when the Engine is lost
   */
  watch(containerId: string, signal: AbortSignal): AsyncIterable<ContainerStats>;
}

/** What all running containers of a host use, and to which stack each belongs. */
export interface HostSample {
  readonly stats: HostStats;
  /** By container id; without those that belong to none. */
  readonly stacks: ReadonlyMap<string, string>;
}

export interface HostStatsSource {
  /**
   * As `watch`, of all running containers at once; they come and go as they start and stop. Resolves once it is known which run.
   *
   * @throws FairleadError ENGINE_UNREACHABLE
   */
  watchHost(signal: AbortSignal): Promise<AsyncIterable<HostSample>>;
}
