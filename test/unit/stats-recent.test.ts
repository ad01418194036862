import { describe, expect, it } from 'vitest';
import { createRecentSamples, formerOf } from '../../src/docker/stats/stats-recent.ts';
import { containerStats, readingOf, type StatsReading } from '../../src/domain/container-stats.ts';

const STATS = containerStats({}, { containerId: 'c', name: 'c', startedAt: null }, null, new Date(0));
const at = (ms: number, cpuNs = ms): StatsReading => ({ ...readingOf({}), atMs: ms, cpuNs });

describe('what was sampled lately', () => {
  it('is forgotten when it is too old', () => {
    let now = 0;
    const recent = createRecentSamples(() => now);
    recent.put('a', STATS, at(1));
    now = 100;
    expect(recent.get('a', 100)?.reading).toEqual(at(1));
    expect(recent.get('a', 99)).toBeNull();
    expect(recent.get('b', 100)).toBeNull();
  });

  it('does not pile up', () => {
    let now = 0;
    const recent = createRecentSamples(() => now);
    for (let index = 0; index < 1_001; index += 1) recent.put(`old ${index}`, STATS, at(1));
    now = 61_000;
    recent.put('new', STATS, at(2));
    expect(recent.get('old 5', 1e9)).toBeNull();
    expect(recent.get('new', 1e9)).not.toBeNull();
  });

  it('tells a sample by one that is far enough back, however often is asked', () => {
    const recent = createRecentSamples(() => 0);
    recent.put('a', STATS, at(1_000));
    expect(formerOf(recent.get('a', 1), at(1_100))).toBeNull();
    expect(formerOf(recent.get('a', 1), at(1_500))).toEqual(at(1_000));
    for (const ms of [1_600, 1_700, 1_800]) recent.put('a', STATS, at(ms));
    expect(formerOf(recent.get('a', 1), at(1_900))).toEqual(at(1_000));
    expect(formerOf(recent.get('a', 1), at(2_300))).toEqual(at(1_800));
  });

  it('tells nothing of another run', () => {
    const recent = createRecentSamples(() => 0);
    recent.put('a', STATS, at(1_000, 500));
    expect(formerOf(recent.get('a', 1), at(9_000, 10))).toBeNull();
    recent.put('a', STATS, readingOf({}));
    expect(formerOf(recent.get('a', 1), at(9_000, 900))).toBeNull();
    expect(formerOf(null, at(1))).toBeNull();
  });
});
