import { setTimeout as delay } from 'node:timers/promises';
import type WebSocket from 'ws';
import { waitFor } from '../../support/wait-for.ts';
import { benchCase } from '../case.ts';
import { closeSocket, openSocket } from '../clients/socket.ts';
import { inParallel } from '../context.ts';
import { alternate, median } from '../statistics.ts';
import { cpuPercent } from '../watch.ts';

const VIEWERS = 50;

interface Viewer {
  readonly socket: WebSocket;
  messages: number;
  last: number;
}

export const statsHost = benchCase({
  name: 'stats-host',
  path: `${VIEWERS} viewers of \`/stats\`, 200 running containers`,
  against: '1 viewer',
  targets: {
    'more of one core': { op: '<=', limit: 3, unit: '%' },
    'messages a second for each': { op: '<=', limit: 1.1, unit: '' },
  },
  run: async (context) => {
    const containers = await context.manyContainers();
    context.note(`starting ${containers.length} containers`);
    await inParallel(4, containers, ({ id }) => context.raw().json('POST', `/containers/${id}/start`));
    await using server = await context.freshServer();
    const windowMs = context.short ? 3_000 : 8_000;
    const viewers: Viewer[] = [];
    const rates: number[] = [];

    const add = async () => {
      const seen = { messages: 0, last: 0 };
      const socket = await openSocket(server, '/stats', (data) => {
        seen.messages += 1;
        seen.last = data.length;
      });
      viewers.push(Object.assign(seen, { socket }));
    };
    const used = async (count: number) => {
      while (viewers.length > count) await closeSocket((viewers.pop() as Viewer).socket);
      await inParallel(
        8,
        Array.from({ length: count - viewers.length }, () => undefined),
        add,
      );
      for (const viewer of viewers) viewer.messages = 0;
      await waitFor(() => viewers.every((viewer) => viewer.messages >= 2), {
        what: 'samples for every viewer',
      });
      const before = viewers.map((viewer) => viewer.messages);
      const percent = await cpuPercent(server.pid, () => delay(windowMs));
      rates.push(
        ...viewers.map((viewer, index) => (viewer.messages - (before[index] ?? 0)) / (windowMs / 1000)),
      );
      return percent;
    };

    // The first viewer opens 200 upstreams.
    await add();
    await waitFor(() => viewers.some((viewer) => viewer.messages >= 5), {
      what: 'the first samples',
      timeoutMs: 30_000,
    });
    const pairs = await alternate(
      { rounds: context.short ? 1 : 2, warmUp: 0 },
      () => used(VIEWERS),
      () => used(1),
    );
    const bytes = viewers[0]?.last ?? 0;
    for (const { socket } of viewers) socket.terminate();
    return {
      checks: {
        'more of one core': median(pairs.ours.map((ours, index) => ours - (pairs.theirs[index] ?? 0))),
        'messages a second for each': median(rates),
      },
      figures: {
        [`${VIEWERS} viewers`]: [{ name: 'of one core', value: median(pairs.ours), unit: '%' }],
        '1 viewer': [
          { name: 'of one core', value: median(pairs.theirs), unit: '%' },
          { name: 'bytes a message', value: bytes, unit: '' },
        ],
      },
    };
  },
});
