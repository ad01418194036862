/** What a container uses at one moment. Counters count from the container's last start. */
export interface ContainerStats {
  readonly containerId: string;
  readonly name: string;
  /** When it was read, ISO 8601 UTC. */
  readonly time: string;
  /** Percent; 100 is one core. */
  readonly cpu: number;
  readonly onlineCpus: number;
  /** Bytes, without the file cache that the kernel would give back first. */
  readonly memory: number;
  readonly memoryLimit: number;
  readonly memoryPercent: number;
  /** Bytes, as all below. */
  readonly networkRx: number;
  readonly networkTx: number;
  readonly blockRead: number;
  readonly blockWrite: number;
  readonly pids: number;
  /** Bytes a second since the sample before, as all below. */
  readonly networkRxRate: number;
  readonly networkTxRate: number;
  readonly blockReadRate: number;
  readonly blockWriteRate: number;
}

/** All running containers of a host at one moment. */
export interface HostStats {
  /** ISO 8601 UTC. */
  readonly time: string;
  readonly items: readonly ContainerStats[];
}

/** Whose sample it is. */
export interface Sampled {
  readonly containerId: string;
  readonly name: string;
  /** ISO 8601; `null` when it never ran. */
  readonly startedAt: string | null;
}

/** As much of the Engine's stats document as is counted. Any part may be missing: a container that does not run has none. */
export interface StatsDocument {
  readonly read?: string;
  readonly name?: string;
  readonly cpu_stats?: CpuDocument;
  /** Of the sample before in the same stream. */
  readonly precpu_stats?: CpuDocument;
  readonly memory_stats?: {
    readonly usage?: number;
    readonly limit?: number;
    /** `total_inactive_file` is cgroup v1, `inactive_file` v2. */
    readonly stats?: Readonly<Record<string, number>> | null;
  };
  readonly networks?: Readonly<
    Record<string, { readonly rx_bytes?: number; readonly tx_bytes?: number }>
  > | null;
  readonly blkio_stats?: {
    readonly io_service_bytes_recursive?: readonly { readonly op: string; readonly value: number }[] | null;
  };
  readonly pids_stats?: { readonly current?: number };
}

interface CpuDocument {
  readonly cpu_usage?: {
    /** Nanoseconds, of all cores together. */
    readonly total_usage?: number;
    readonly percpu_usage?: readonly number[] | null;
  };
  /** Nanoseconds that all cores of the host have spent since boot, idle or not. */
  readonly system_cpu_usage?: number;
  readonly online_cpus?: number;
}

/** Counters of one moment, from which the rates of a later one are told. */
export interface StatsReading {
  /** Milliseconds since 1970 with a fraction; `null` when the container did not run. */
  readonly atMs: number | null;
  readonly cpuNs: number;
  readonly systemCpuNs: number | null;
  readonly onlineCpus: number;
  readonly networkRx: number;
  readonly networkTx: number;
  readonly blockRead: number;
  readonly blockWrite: number;
}

/** The counters in a document. */
export function readingOf(document: StatsDocument): StatsReading {
  const { cpu_stats: cpu, networks, blkio_stats: blkio } = document;
  const blocks = blkio?.io_service_bytes_recursive ?? [];
  return {
    atMs: instantOf(document.read),
    cpuNs: cpu?.cpu_usage?.total_usage ?? 0,
    systemCpuNs: cpu?.system_cpu_usage ?? null,
    onlineCpus: cpu?.online_cpus || (cpu?.cpu_usage?.percpu_usage?.length ?? 0),
    networkRx: sum(Object.values(networks ?? {}), (one) => one.rx_bytes ?? 0),
    networkTx: sum(Object.values(networks ?? {}), (one) => one.tx_bytes ?? 0),
    blockRead: sum(blocks, ({ op, value }) => (/^r/i.test(op) ? value : 0)),
    blockWrite: sum(blocks, ({ op, value }) => (/^w/i.test(op) ? value : 0)),
  };
}

/**
 * The sample in a document, counted as `docker stats` counts it on cgroup v1 and v2.
 *
 * CPU needs two readings. The document's own former one is taken first, as `docker stats` does, then `former`; without either
 * it is the mean since the container's start. Rates need `former`, and are 0 without it.
 *
 * @param former the reading before, if it is of the same container
 * @param now for the time of a container that does not run: the Engine gives none
 */
export function containerStats(
  document: StatsDocument,
  of: Sampled,
  former: StatsReading | null,
  now: Date,
): ContainerStats {
  const reading = readingOf(document);
  const memory = memoryOf(document);
  const memoryLimit = document.memory_stats?.limit ?? 0;
  const rate = rateSince(former, reading);
  return {
    containerId: of.containerId,
    name: document.name?.replace(/^\//, '') || of.name,
    time: (reading.atMs === null ? now : new Date(reading.atMs)).toISOString(),
    cpu: cpuOf(document, reading, of, former),
    onlineCpus: reading.onlineCpus,
    memory,
    memoryLimit,
    memoryPercent: memoryLimit > 0 ? (memory / memoryLimit) * 100 : 0,
    networkRx: reading.networkRx,
    networkTx: reading.networkTx,
    blockRead: reading.blockRead,
    blockWrite: reading.blockWrite,
    pids: document.pids_stats?.current ?? 0,
    networkRxRate: rate('networkRx'),
    networkTxRate: rate('networkTx'),
    blockReadRate: rate('blockRead'),
    blockWriteRate: rate('blockWrite'),
  };
}

/** The host's clock of CPU time moves in steps of 10 ms a core: below this it is too coarse to divide by. */
const SHORTEST_BY_SYSTEM_MS = 500;

function cpuOf(
  document: StatsDocument,
  reading: StatsReading,
  of: Sampled,
  former: StatsReading | null,
): number {
  if (reading.atMs === null) return 0;
  const before = document.precpu_stats;
  // Zero or missing in the first sample of a stream and after a start.
  if (before?.system_cpu_usage) {
    return percent(
      reading.cpuNs - (before.cpu_usage?.total_usage ?? 0),
      (reading.systemCpuNs ?? 0) - before.system_cpu_usage,
      reading.onlineCpus,
    );
  }
  if (former !== null && former.atMs !== null && former.atMs < reading.atMs) {
    const elapsedMs = reading.atMs - former.atMs;
    const cpuNs = reading.cpuNs - former.cpuNs;
    if (elapsedMs < SHORTEST_BY_SYSTEM_MS || former.systemCpuNs === null || reading.systemCpuNs === null) {
      return percent(cpuNs, elapsedMs * 1e6, 1);
    }
    return percent(cpuNs, reading.systemCpuNs - former.systemCpuNs, reading.onlineCpus);
  }
  const startedMs = of.startedAt === null ? null : instantOf(of.startedAt);
  return startedMs === null ? 0 : percent(reading.cpuNs, (reading.atMs - startedMs) * 1e6, 1);
}

/** A counter that went back belongs to a container that was started anew. */
function percent(cpuNs: number, overNs: number, cpus: number): number {
  return cpuNs > 0 && overNs > 0 ? (cpuNs / overNs) * cpus * 100 : 0;
}

function memoryOf({ memory_stats: memory }: StatsDocument): number {
  const usage = memory?.usage ?? 0;
  const { total_inactive_file: v1, inactive_file: v2 } = memory?.stats ?? {};
  const inactive = [v1, v2].find((bytes) => bytes !== undefined && bytes < usage);
  return usage - (inactive ?? 0);
}

type Counter = 'networkRx' | 'networkTx' | 'blockRead' | 'blockWrite';

function rateSince(former: StatsReading | null, reading: StatsReading): (counter: Counter) => number {
  const seconds =
    former === null || former.atMs === null || reading.atMs === null
      ? 0
      : (reading.atMs - former.atMs) / 1000;
  return (counter) =>
    former === null || seconds <= 0 ? 0 : Math.max(0, (reading[counter] - former[counter]) / seconds);
}

/** Milliseconds since 1970 with the fraction of nanoseconds; `null` for the Engine's zero time. */
function instantOf(time: string | undefined): number | null {
  if (time === undefined || time.startsWith('0001-')) return null;
  const [, seconds = '', fraction = '', zone = ''] = /^([^.Z+]+)(\.\d+)?(.*)$/.exec(time) ?? [];
  const whole = Date.parse(`${seconds}${zone}`);
  return Number.isNaN(whole) ? null : whole + Number(fraction || '0') * 1000;
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}
