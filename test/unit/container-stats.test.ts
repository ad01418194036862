import { describe, expect, it } from 'vitest';
import { containerStats, readingOf } from '../../src/domain/container-stats.ts';

const OF = { containerId: 'c0ffee', name: 'web', startedAt: '2026-11-21T08:00:00Z' };
const NOW = new Date('2026-11-21T09:00:00.000Z');

/** As Engine 20.10 sends it on cgroup v1, shortened to what is read. */
const V1 = {
  read: '2026-11-21T08:30:01.500000000Z',
  preread: '2026-11-21T08:30:00.500000000Z',
  name: '/web',
  pids_stats: { current: 3 },
  blkio_stats: {
    io_service_bytes_recursive: [
      { major: 8, minor: 0, op: 'Read', value: 4_096 },
      { major: 8, minor: 0, op: 'Write', value: 8_192 },
      { major: 8, minor: 0, op: 'Sync', value: 8_192 },
      { major: 8, minor: 16, op: 'Read', value: 1_000 },
      { major: 8, minor: 0, op: 'Total', value: 12_288 },
    ],
  },
  cpu_stats: {
    cpu_usage: { total_usage: 1_500_000_000, percpu_usage: [700_000_000, 800_000_000] },
    system_cpu_usage: 1_002_000_000_000,
    online_cpus: 2,
  },
  precpu_stats: {
    cpu_usage: { total_usage: 1_000_000_000, percpu_usage: [500_000_000, 500_000_000] },
    system_cpu_usage: 1_000_000_000_000,
    online_cpus: 2,
  },
  memory_stats: {
    usage: 50_000_000,
    max_usage: 60_000_000,
    limit: 100_000_000,
    stats: { cache: 48_600_000, inactive_file: 1_000_000, total_inactive_file: 10_000_000 },
  },
  networks: {
    eth0: { rx_bytes: 1_000, tx_bytes: 200, rx_packets: 5 },
    eth1: { rx_bytes: 24, tx_bytes: 1 },
  },
};

/** As Engine 26.1 sends it on cgroup v2: no CPU by core, other memory words, lower-case operations, lists that are null. */
const V2 = {
  ...V1,
  blkio_stats: {
    io_service_bytes_recursive: [
      { major: 259, minor: 0, op: 'read', value: 77_824 },
      { major: 259, minor: 0, op: 'write', value: 12_288 },
    ],
    io_serviced_recursive: null,
  },
  cpu_stats: {
    cpu_usage: { total_usage: 1_250_000_000 },
    system_cpu_usage: 1_004_000_000_000,
    online_cpus: 4,
  },
  precpu_stats: {
    cpu_usage: { total_usage: 1_000_000_000 },
    system_cpu_usage: 1_000_000_000_000,
    online_cpus: 4,
  },
  memory_stats: {
    usage: 33_554_432,
    limit: 67_108_864,
    stats: {
      active_anon: 0,
      active_file: 4_194_304,
      anon: 12_582_912,
      file: 20_971_520,
      inactive_file: 16_777_216,
    },
  },
};

/** Of a container that does not run. */
const ZERO = {
  read: '0001-01-01T00:00:00Z',
  preread: '0001-01-01T00:00:00Z',
  name: '/web',
  pids_stats: {},
  blkio_stats: { io_service_bytes_recursive: null },
  cpu_stats: { cpu_usage: { total_usage: 0 } },
  precpu_stats: { cpu_usage: { total_usage: 0 } },
  memory_stats: {},
};

describe('a sample', () => {
  it('counts as docker stats does on cgroup v1', () => {
    expect(containerStats(V1, OF, null, NOW)).toEqual({
      containerId: 'c0ffee',
      name: 'web',
      time: '2026-11-21T08:30:01.500Z',
      cpu: 50,
      onlineCpus: 2,
      memory: 40_000_000,
      memoryLimit: 100_000_000,
      memoryPercent: 40,
      networkRx: 1_024,
      networkTx: 201,
      blockRead: 5_096,
      blockWrite: 8_192,
      pids: 3,
      networkRxRate: 0,
      networkTxRate: 0,
      blockReadRate: 0,
      blockWriteRate: 0,
    });
  });

  it('counts as docker stats does on cgroup v2', () => {
    expect(containerStats(V2, OF, null, NOW)).toMatchObject({
      cpu: 25,
      onlineCpus: 4,
      memory: 16_777_216,
      memoryPercent: 25,
      blockRead: 77_824,
      blockWrite: 12_288,
    });
  });

  it('leaves memory as it is when the inactive cache is said to be larger', () => {
    const document = {
      ...V2,
      memory_stats: { usage: 1_000, limit: 10_000, stats: { inactive_file: 2_000 } },
    };
    expect(containerStats(document, OF, null, NOW).memory).toBe(1_000);
  });

  it('counts cores by their usages where the Engine does not tell their number', () => {
    const { online_cpus: _, ...cpu } = V1.cpu_stats;
    expect(containerStats({ ...V1, cpu_stats: cpu }, OF, null, NOW)).toMatchObject({
      onlineCpus: 2,
      cpu: 50,
    });
  });

  it('is all zeros, of now, for a container that does not run', () => {
    const { containerId, name, time, ...numbers } = containerStats(ZERO, OF, readingOf(V1), NOW);
    expect({ containerId, name, time }).toEqual({
      containerId: 'c0ffee',
      name: 'web',
      time: NOW.toISOString(),
    });
    expect(new Set(Object.values(numbers))).toEqual(new Set([0]));
  });

  it('takes the name that is known where the document has none', () => {
    const { name: _, ...nameless } = V1;
    expect(containerStats(nameless, OF, null, NOW).name).toBe('web');
  });
});

describe('rates', () => {
  const later = {
    ...V1,
    read: '2026-11-21T08:30:03.500000000Z',
    networks: { eth0: { rx_bytes: 5_024, tx_bytes: 201 } },
    blkio_stats: {
      io_service_bytes_recursive: [
        { op: 'read', value: 6_096 },
        { op: 'write', value: 9_192 },
      ],
    },
  };

  it('are bytes a second since the sample before', () => {
    expect(containerStats(later, OF, readingOf(V1), NOW)).toMatchObject({
      networkRxRate: 2_000,
      networkTxRate: 0,
      blockReadRate: 500,
      blockWriteRate: 500,
    });
  });

  it('are 0 when counters went back, as they do with a start', () => {
    expect(containerStats(V1, OF, { ...readingOf(later), atMs: 0 }, NOW)).toMatchObject({ networkRxRate: 0 });
  });

  it('are 0 after a time in which the container did not run', () => {
    expect(containerStats(later, OF, readingOf(ZERO), NOW)).toMatchObject({
      networkRxRate: 0,
      blockReadRate: 0,
    });
  });
});

describe('CPU', () => {
  const oneShot = { ...V1, precpu_stats: ZERO.precpu_stats };

  it('is told by the reading before where the document has none', () => {
    const former = {
      ...readingOf(V1),
      atMs: 1_795_249_800_500,
      cpuNs: 1_000_000_000,
      systemCpuNs: 1_000_000_000_000,
    };
    expect(containerStats(oneShot, OF, former, NOW).cpu).toBe(50);
  });

  it('is told by the clock over a time that is short for the clock of the system', () => {
    const { atMs } = readingOf(oneShot);
    const former = {
      ...readingOf(V1),
      atMs: (atMs ?? 0) - 50,
      cpuNs: 1_475_000_000,
      systemCpuNs: 1_001_990_000_000,
    };
    expect(containerStats(oneShot, OF, former, NOW).cpu).toBeCloseTo(50, 3);
  });

  it('of the first sample is the mean since the container was started', () => {
    const started = { ...OF, startedAt: '2026-11-21T08:29:58.5Z' };
    expect(containerStats(oneShot, started, null, NOW).cpu).toBeCloseTo(50, 6);
  });

  it('is 0 when nothing tells since when', () => {
    expect(containerStats(oneShot, { ...OF, startedAt: null }, null, NOW).cpu).toBe(0);
  });

  it('is 0 when the counter went back', () => {
    const document = { ...V1, cpu_stats: { ...V1.cpu_stats, cpu_usage: { total_usage: 5 } } };
    expect(containerStats(document, OF, null, NOW).cpu).toBe(0);
  });
});
