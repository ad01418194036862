import type { ContainerStats, StatsReading } from '../../domain/container-stats.ts';

/** The newest sample of a container, and the counters that the next one is told by. */
export interface RecentStats {
  readonly stats: ContainerStats;
  readonly reading: StatsReading;
  /** By `performance.now()`. */
  readonly atMs: number;
}

/** What was sampled lately, by container id. */
export interface RecentSamples {
  /** `null` when there is none that is younger than `maxAgeMs`. */
  get(containerId: string, maxAgeMs: number): RecentStats | null;
  put(containerId: string, stats: ContainerStats, reading: StatsReading): void;
  forget(containerId: string): void;
}

/** Older than this, a reading tells too little of the present. */
export const OLDEST_READING_MS = 60_000;
/** Above so many, those too old are cleared away. */
const CROWD = 1_000;

export function createRecentSamples(now: () => number = () => performance.now()): RecentSamples {
  const samples = new Map<string, RecentStats>();
  return {
    get(containerId, maxAgeMs) {
      const recent = samples.get(containerId);
      return recent !== undefined && now() - recent.atMs <= maxAgeMs ? recent : null;
    },
    put(containerId, stats, reading) {
      const atMs = now();
      // Anew at the end: the map stays in the order of age.
      samples.delete(containerId);
      samples.set(containerId, { stats, reading, atMs });
      if (samples.size <= CROWD) return;
      for (const [id, recent] of samples) {
        if (atMs - recent.atMs <= OLDEST_READING_MS) return;
        samples.delete(id);
      }
    },
    forget: (containerId) => void samples.delete(containerId),
  };
}
