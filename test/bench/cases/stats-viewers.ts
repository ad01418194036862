import { setTimeout as delay } from 'node:timers/promises';
import type WebSocket from 'ws';
import { waitFor } from '../../support/wait-for.ts';
import { benchCase } from '../case.ts';
import { engineClient } from '../clients/http.ts';
import { openSocket } from '../clients/socket.ts';
import { inParallel } from '../context.ts';
import { tapEngine } from '../engine-tap.ts';
import { quantile } from '../statistics.ts';
import { watchMemory } from '../watch.ts';

const VIEWERS = 500;
/** The Engine samples once a second: later than this behind it, and a viewer sees the second before. */
const LATE_MS = 1_000;
const STATS = /\/stats(\?|$)/;

export const statsViewers = benchCase({
  name: 'stats-viewers',
  path: `${VIEWERS} viewers of one container's stats`,
  against: '1 viewer',
  targets: {
    'upstream streams': { op: '<=', limit: 1, unit: '' },
    'more memory': { op: '<=', limit: 40, unit: 'MB' },
    'late or missing samples': { op: '<=', limit: 0, unit: '' },
  },
  run: async (context) => {
    const seconds = context.short ? 4 : 10;
    const { id } = await context.shellContainer();
    await using tap = await tapEngine(context.engine.socketPath);
    await using server = await context.freshServer({ engineSocket: tap.socketPath });
    const arrivals = new Map<WebSocket, { time: string; at: number }[]>();
    const view = async () => {
      const seen: { time: string; at: number }[] = [];
      const socket = await openSocket(server, `/containers/${id}/stats`, (data) => {
        const { time } = JSON.parse(data.toString()) as { time: string };
        seen.push({ time, at: performance.now() });
      });
      arrivals.set(socket, seen);
    };

    await view();
    await waitFor(() => [...arrivals.values()].every((seen) => seen.length >= 3), { what: 'three samples' });
    const one = watchMemory(server.pid);
    await delay(seconds * 500);
    const alone = one.stop();

    await inParallel(
      16,
      Array.from({ length: VIEWERS - 1 }, () => undefined),
      view,
    );
    await waitFor(() => [...arrivals.values()].every((seen) => seen.length >= 2), {
      what: 'samples for all viewers',
    });
    const began = performance.now();
    const many = watchMemory(server.pid);
    const source = await followSource(context.engine.socketPath, id);
    await delay(seconds * 1_000);
    source.stop();
    // The last sample may be on its way.
    await delay(LATE_MS);
    const crowded = many.stop();

    const due = [...source.samples].filter(([, at]) => at > began + LATE_MS);
    const lags: number[] = [];
    let missing = 0;
    for (const seen of arrivals.values()) {
      for (const [time, at] of due) {
        const arrived = seen.find((sample) => sample.time.slice(0, 23) === time)?.at;
        if (arrived === undefined) missing += 1;
        else lags.push(arrived - at);
      }
    }
    const upstreams = tap.open(STATS);
    for (const socket of arrivals.keys()) socket.terminate();
    return {
      checks: {
        'upstream streams': upstreams,
        'more memory': crowded.middle - alone.middle,
        'late or missing samples': missing + lags.filter((lag) => lag > LATE_MS).length,
      },
      figures: {
        [`${VIEWERS} viewers`]: [
          { name: 'memory', value: crowded.middle, unit: 'MB' },
          { name: 'samples', value: lags.length, unit: '' },
          { name: 'missing', value: missing, unit: '' },
          { name: 'behind the raw socket p50', value: quantile(lags, 0.5), unit: 'ms' },
          { name: 'p99', value: quantile(lags, 0.99), unit: 'ms' },
          { name: 'most', value: Math.max(...lags), unit: 'ms' },
        ],
        '1 viewer': [{ name: 'memory', value: alone.middle, unit: 'MB' }],
      },
    };
  },
});

/** Reads the same stats from the Engine itself: when each sample came, by its time to the millisecond. */
async function followSource(
  socketPath: string,
  id: string,
): Promise<{ readonly samples: Map<string, number>; stop(): void }> {
  const samples = new Map<string, number>();
  const client = engineClient(socketPath);
  const incoming = await client.stream(`/containers/${id}/stats?stream=1`);
  let text = '';
  incoming.setEncoding('utf8');
  incoming.on('data', (chunk: string) => {
    const lines = (text + chunk).split('\n');
    text = lines.pop() ?? '';
    for (const line of lines) {
      if (line.trim() === '') continue;
      const { read } = JSON.parse(line) as { read: string };
      samples.set(read.slice(0, 23), performance.now());
    }
  });
  // Letting go of it is reported as an error.
  incoming.on('error', () => client.close());
  return { samples, stop: () => void incoming.destroy() };
}
