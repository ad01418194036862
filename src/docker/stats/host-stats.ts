import { setTimeout as delay } from 'node:timers/promises';
import type { ContainerSummary } from '../../domain/container.ts';
import type { ContainerStats } from '../../domain/container-stats.ts';
import type { ContainerReader } from '../../use-cases/ports/containers.ts';
import type { HostSample, HostStatsSource } from '../../use-cases/ports/stats.ts';
import { lossSignal } from '../connection/loss.ts';
import type { EngineMonitor } from '../connection/monitor.ts';
import { createHub } from '../streams/hub.ts';
import { latest } from '../streams/mailbox.ts';
import type { StatsSource } from './stats.ts';

export interface HostStatsDeps {
  readonly monitor: Pick<EngineMonitor, 'onLost'>;
  readonly containers: Pick<ContainerReader, 'list'>;
  readonly stats: Pick<StatsSource, 'watch'>;
}

export interface HostStats extends HostStatsSource {
  close(): Promise<void>;
}

/** A container that is watched on behalf of the host's viewers. */
interface Watched {
  newest: ContainerStats | null;
  stop(): void;
}

const HOST = 'host';
const LINGER_MS = 2_000;
const EVERY_MS = 1_000;
/** The first message waits until all have a sample, which takes a busy Engine more than a second, but not for ever. */
const FIRST_WITHIN_MS = 2_500;
const LOOK_EVERY_MS = 50;

/** What all running containers of one Engine use, as one message a second that all viewers share. */
export function createHostStats(deps: HostStatsDeps): HostStats {
  const hub = createHub<HostSample>({ open: (_key, signal) => feed(deps, signal), lingerMs: LINGER_MS });
  const policy = latest<HostSample>();
  return {
    async watchHost(signal) {
      // An Engine that is not there is told before anything has begun.
      await runningOf(deps, signal);
      return hub.subscribe(HOST, policy, { signal, withLast: true });
    },
    close: () => hub.close(),
  };
}

async function* feed(deps: HostStatsDeps, outer: AbortSignal): AsyncGenerator<HostSample, void, undefined> {
  const { signal, end } = lossSignal(deps.monitor, outer);
  const watched = new Map<string, Watched>();
  const wait = (ms: number) => delay(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
  try {
    let running = await runningOf(deps, signal);
    follow(deps, watched, running);
    for (let waited = 0; waited < FIRST_WITHIN_MS && !isComplete(watched); waited += LOOK_EVERY_MS) {
      await wait(LOOK_EVERY_MS);
    }
    for (let due = performance.now(); ; due = Math.max(due + EVERY_MS, performance.now())) {
      await wait(Math.max(0, due - performance.now()));
      running = await runningOf(deps, signal);
      follow(deps, watched, running);
      yield sampleOf(running, watched);
    }
  } finally {
    for (const one of watched.values()) one.stop();
    end();
  }
}

async function runningOf(
  { containers }: HostStatsDeps,
  signal: AbortSignal,
): Promise<readonly ContainerSummary[]> {
  const all = await containers.list({}, signal);
  return all.filter(({ state }) => state === 'running' || state === 'paused');
}

/** Watches those that run, and no others. */
function follow(
  { stats }: HostStatsDeps,
  watched: Map<string, Watched>,
  running: readonly ContainerSummary[],
): void {
  const ids = new Set(running.map(({ id }) => id));
  for (const [id, one] of watched) {
    if (ids.has(id)) continue;
    one.stop();
    watched.delete(id);
  }
  for (const id of ids) {
    if (!watched.has(id))
      watched.set(
        id,
        watch(stats, id, (one) => watched.get(id) === one && watched.delete(id)),
      );
  }
}

function watch(
  stats: Pick<StatsSource, 'watch'>,
  containerId: string,
  onEnd: (watched: Watched) => void,
): Watched {
  const samples = stats.watch(containerId);
  const one: Watched = { newest: null, stop: () => void samples.return() };
  async function read(): Promise<void> {
    for await (const sample of samples) one.newest = sample;
  }
  // One that ends or fails while it runs is watched anew at the next look; that the Engine is gone, the list tells.
  const over = () => onEnd(one);
  read().then(over, over);
  return one;
}

function isComplete(watched: ReadonlyMap<string, Watched>): boolean {
  return [...watched.values()].every(({ newest }) => newest !== null);
}

function sampleOf(running: readonly ContainerSummary[], watched: ReadonlyMap<string, Watched>): HostSample {
  const items: ContainerStats[] = [];
  const stacks = new Map<string, string>();
  for (const { id, stack } of running) {
    const newest = watched.get(id)?.newest;
    if (newest == null) continue;
    items.push(newest);
    if (stack !== null) stacks.set(id, stack);
  }
  return { stats: { time: new Date().toISOString(), items }, stacks };
}
