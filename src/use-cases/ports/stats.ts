import type { ContainerStats, HostStats, Sampled } from '../../domain/container-stats.ts';

export interface ContainerStatsSource {
  /** One sample, as soon as the Engine can give one; zeros for a container that does not run. */
  sample(container: Sampled, signal?: AbortSignal): Promise<ContainerStats>;
  /**
   * A sample a second, of a container that does not run too. All who watch a container share one stream of the Engine; a slow
   * reader gets the newest only. Ends when the container is removed and when `signal` aborts.
   */
  watch(container: Sampled, signal: AbortSignal): AsyncIterable<ContainerStats>;
}

/** What all running containers of a host use, and to which stack each belongs. */
export interface HostSample {
  readonly stats: HostStats;
  /** By container id; missing for one that belongs to none. */
  readonly stacks: ReadonlyMap<string, string>;
}

export interface HostStatsSource {
  /** A sample a second; containers come and go as they start and stop. Shared, and for a slow reader the newest only. */
  watchHost(signal: AbortSignal): AsyncIterable<HostSample>;
}
