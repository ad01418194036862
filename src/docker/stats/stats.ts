import { setTimeout as delay } from 'node:timers/promises';
import {
  type ContainerStats,
  containerStats,
  readingOf,
  type Sampled,
  type StatsDocument,
  type StatsReading,
} from '../../domain/container-stats.ts';
import { isFairleadError } from '../../domain/errors.ts';
import type { ContainerReader } from '../../use-cases/ports/containers.ts';
import type { ContainerStatsSource } from '../../use-cases/ports/stats.ts';
import { abortable } from '../connection/abortable.ts';
import type { EngineLink } from '../connection/link.ts';
import { lossSignal } from '../connection/loss.ts';
import type { EngineMonitor } from '../connection/monitor.ts';
import { older } from '../connection/version.ts';
import { createHub } from '../streams/hub.ts';
import { latest } from '../streams/mailbox.ts';
import type { Subscription } from '../streams/subscription.ts';
import { createRecentSamples, formerOf, OLDEST_READING_MS } from './stats-recent.ts';
import { statsOnce, statsStream } from './stats-request.ts';

export interface StatsDeps {
  readonly link: EngineLink;
  readonly monitor: Pick<EngineMonitor, 'onLost'>;
  readonly containers: Pick<ContainerReader, 'find'>;
}

export interface StatsSource extends ContainerStatsSource {
  watch(containerId: string, signal?: AbortSignal): Subscription<ContainerStats>;
  /** How many containers are being watched. */
  readonly upstreams: number;
  close(): Promise<void>;
}

/** How long a container is watched on when nobody reads, so that one who comes right back finds its stream. */
const LINGER_MS = 3_000;
/** A sample of a stream that runs is as good as a new one as long as no next one is due. */
const FRESH_MS = 1_500;
/** Apart by so much, two readings of an Engine that reads at once tell CPU well enough. */
const WINDOW_MS = 70;
/** The first API whose one-shot does not wait for the collector's tick. */
const PROMPT_SINCE = '1.44';

/** The stats of one Engine's containers. */
export function createStats({ link, monitor, containers }: StatsDeps): StatsSource {
  const recent = createRecentSamples();
  /** Those whose newest sample comes from a stream. */
  const streaming = new Set<string>();
  const asked = new Map<string, Promise<ContainerStats>>();
  const hub = createHub<ContainerStats>({ open: feed, lingerMs: LINGER_MS });
  const policy = latest<ContainerStats>();

  async function* feed(
    containerId: string,
    outer: AbortSignal,
  ): AsyncGenerator<ContainerStats, void, undefined> {
    const { signal, end } = lossSignal(monitor, outer);
    try {
      for (let samples = 1; samples > 0; ) {
        samples = 0;
        try {
          for await (const document of statsStream(link, containerId, signal)) {
            samples += 1;
            const former = recent.get(containerId, OLDEST_READING_MS)?.reading ?? null;
            const stats = await told(containerId, document, former, signal);
            streaming.add(containerId);
            yield stats;
          }
        } catch (error) {
          signal.throwIfAborted();
          if (isFairleadError(error, 'CONTAINER_NOT_FOUND')) return;
          if (samples === 0 || !isFairleadError(error, 'ENGINE_UNREACHABLE')) throw error;
        }
        // A stream ends with its container, or with the Engine: asking once more tells which.
        streaming.delete(containerId);
      }
    } finally {
      streaming.delete(containerId);
      end();
    }
  }

  /** The sample in a document; the next one's rates are told by it. */
  async function told(
    containerId: string,
    document: StatsDocument,
    former: StatsReading | null,
    signal: AbortSignal,
  ): Promise<ContainerStats> {
    const stats = containerStats(
      document,
      await sampled(containerId, document, former, signal),
      former,
      new Date(),
    );
    recent.put(containerId, stats, readingOf(document));
    return stats;
  }

  /** Asks for the start of the container only where CPU can be told by nothing else. */
  async function sampled(
    containerId: string,
    document: StatsDocument,
    former: StatsReading | null,
    signal: AbortSignal,
  ): Promise<Sampled> {
    const { name } = document;
    if (name !== undefined && (former?.atMs != null || document.precpu_stats?.system_cpu_usage)) {
      return { containerId, name, startedAt: null };
    }
    const { name: known, startedAt } = await containers.find(containerId, signal);
    return { containerId, name: known, startedAt };
  }

  async function ask(containerId: string): Promise<ContainerStats> {
    const { signal, end } = lossSignal(monitor, new AbortController().signal);
    try {
      const { apiVersion } = await link.greeting(signal);
      const document = await statsOnce(link, containerId, signal);
      const reading = readingOf(document);
      const last = recent.get(containerId, OLDEST_READING_MS);
      // Asked twice within a tick of the collector: there is nothing newer to tell.
      if (last !== null && reading.atMs !== null && last.reading.atMs === reading.atMs) return last.stats;
      const former = formerOf(last, reading);
      if (former !== null || reading.atMs === null || older(apiVersion, PROMPT_SINCE)) {
        return await told(containerId, document, former, signal);
      }
      await delay(WINDOW_MS, undefined, { signal });
      return await told(containerId, await statsOnce(link, containerId, signal), reading, signal);
    } finally {
      end();
    }
  }

  return {
    async sample(containerId, signal) {
      const fresh = streaming.has(containerId) ? recent.get(containerId, FRESH_MS) : null;
      if (fresh !== null) return fresh.stats;
      let answer = asked.get(containerId);
      if (answer === undefined) {
        answer = ask(containerId).finally(() => asked.delete(containerId));
        asked.set(containerId, answer);
      }
      return await abortable(answer, signal);
    },
    watch: (containerId, signal) => hub.subscribe(containerId, policy, { signal, withLast: true }),
    get upstreams() {
      return hub.upstreams;
    },
    close: () => hub.close(),
  };
}
