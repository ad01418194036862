import { setTimeout as delay } from 'node:timers/promises';
import { residentMib } from '../../support/process-figures.ts';
import { waitFor } from '../../support/wait-for.ts';
import { benchCase } from '../case.ts';
import { openSocket } from '../clients/socket.ts';
import { watchMemory } from '../watch.ts';

export const stalledViewer = benchCase({
  name: 'stalled-viewer',
  path: 'viewers of a log and of a process that stop reading for 60 s while it writes at full speed',
  against: 'before they stopped',
  targets: {
    'more memory': { op: '<=', limit: 32, unit: 'MB' },
    'what another viewer gets meanwhile': { op: '>=', limit: 0.8, unit: 'x' },
  },
  run: async (context) => {
    const seconds = context.short ? 10 : 60;
    const noisy = await context.scope.runContainer('noisy', {
      Cmd: ['sh', '-c', 'yes "a line that is written as fast as it goes"'],
      HostConfig: {
        NetworkMode: 'none',
        LogConfig: { Type: 'json-file', Config: { 'max-size': '64m', 'max-file': '2' } },
      },
    });
    await using server = await context.freshServer();
    const follow = `/containers/${noisy.id}/logs?follow=true&stdout=true&stderr=true&tail=0`;
    let healthyBytes = 0;
    let stalledBytes = 0;
    const count = (data: Buffer) => {
      stalledBytes += data.length;
    };
    const healthy = await openSocket(server, follow, (data) => {
      healthyBytes += data.length;
    });
    const log = await openSocket(server, follow, count);
    const terminal = await openSocket(server, `/containers/${noisy.id}/terminal?tty=false&cmd=yes`, count);
    const rate = async (ms: number) => {
      const before = healthyBytes;
      await delay(ms);
      return (healthyBytes - before) / 1e6 / (ms / 1000);
    };
    try {
      await waitFor(() => healthyBytes > 1e6 && stalledBytes > 1e6, { what: 'output', timeoutMs: 60_000 });
      // What a log at full speed takes anyway, with all of them reading, is not what a stalled one costs.
      const before = watchMemory(server.pid);
      const calm = await rate(context.short ? 5_000 : 12_000);
      const reading = before.stop();

      log.pause();
      terminal.pause();
      const memory = watchMemory(server.pid);
      const meanwhile = await rate(seconds * 1_000);
      const stalled = memory.stop();

      // Both are still alive: what they could not take was left out or held back, not fatal.
      const frozen = stalledBytes;
      log.resume();
      terminal.resume();
      await waitFor(() => stalledBytes > frozen + 1e6, { what: 'the stalled viewers to go on' });
      return {
        checks: {
          'more memory': stalled.most - reading.most,
          'what another viewer gets meanwhile': meanwhile / calm,
        },
        figures: {
          server: [
            { name: 'most memory before', value: reading.most, unit: 'MB' },
            { name: 'meanwhile', value: stalled.most, unit: 'MB' },
            { name: 'after', value: residentMib(server.pid), unit: 'MB' },
            { name: 'stalled for', value: seconds, unit: 's' },
          ],
          'another viewer': [
            { name: 'before', value: calm, unit: 'MB/s' },
            { name: 'meanwhile', value: meanwhile, unit: 'MB/s' },
          ],
        },
      };
    } finally {
      for (const socket of [healthy, log, terminal]) socket.terminate();
      await context.raw().json('DELETE', `/containers/${noisy.id}?force=1`);
    }
  },
});
