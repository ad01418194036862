import type { ContainerStats, StatsReading } from '../../domain/container-stats.ts';

/** The newest sample of a container, and the counters that the next one is told by. */
export interface RecentStats {
  readonly stats: ContainerStats;
  readonly reading: StatsReading;
  /** One from before, far enough back to tell the mean of some time by. */
  readonly before: StatsReading | null;
  /** By `performance.now()`. */
  readonly atMs: number;
}

/** What was sampled lately, by container id. */
export interface RecentSamples {
  /** `null` when there is none that is younger than `maxAgeMs`. */
  get(containerId: string, maxAgeMs: number): RecentStats | null;
  put(containerId: string, stats: ContainerStats, reading: StatsReading): void;
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
      const last = samples.get(containerId);
      const before = last === undefined ? null : isApart(last.reading, reading) ? last.reading : last.before;
      // Anew at the end: the map stays in the order of age.
      samples.delete(containerId);
      samples.set(containerId, { stats, reading, before, atMs });
      if (samples.size <= CROWD) return;
      for (const [id, recent] of samples) {
        if (atMs - recent.atMs <= OLDEST_READING_MS) return;
        samples.delete(id);
      }
    },
  };
}

/** Over less than this the CPU of a container with a limit looks like nothing or like all: it runs in turns of 100 ms. */
const APART_MS = 500;

function isApart(former: StatsReading, reading: StatsReading): boolean {
  // Counters that went back are those of another run.
  if (former.atMs === null || reading.atMs === null || reading.cpuNs < former.cpuNs) return false;
  return reading.atMs - former.atMs >= APART_MS;
}

/** What to tell a reading by, of what was sampled before it; `null` when all of that is too close to it. */
export function formerOf(recent: RecentStats | null, reading: StatsReading): StatsReading | null {
  const known = recent === null ? [] : [recent.reading, recent.before];
  return known.find((former) => former !== null && isApart(former, reading)) ?? null;
}
