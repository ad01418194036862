import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { benchCase } from '../case.ts';
import { apiClient } from '../clients/http.ts';
import { withoutNetwork } from '../context.ts';
import { alternate, median, pairedRatio } from '../statistics.ts';

const MEGABYTES = 200;
const LINE = '0123456789'.repeat(10).slice(1);

export const logsFollow = benchCase({
  name: 'logs-follow',
  path: `following ${MEGABYTES} MB of logs as text`,
  against: '`docker logs -f` to /dev/null',
  targets: { 'MB/s': { op: '>=', limit: 1, unit: 'x' } },
  run: async (context) => {
    const bytes = MEGABYTES * 1e6;
    const writer = await context.scope.runContainer(
      'writer',
      withoutNetwork(['sh', '-c', `yes ${LINE} | head -c ${bytes}`]),
    );
    // It ends, and following its log then ends too.
    await context.raw().json('POST', `/containers/${writer.id}/wait`);
    const api = apiClient(await context.server());
    try {
      const ours = async () => {
        const began = performance.now();
        const came = await api.drain(`/containers/${writer.id}/logs?follow=true&stdout=true&stderr=true`, {
          accept: 'text/plain',
        });
        if (came !== bytes) throw new Error(`${came} bytes came instead of ${bytes}`);
        return MEGABYTES / ((performance.now() - began) / 1000);
      };
      const theirs = async () => {
        const began = performance.now();
        const child = spawn('docker', ['logs', '-f', writer.id], {
          stdio: 'ignore',
          env: { ...process.env, DOCKER_HOST: `unix://${context.engine.socketPath}` },
        });
        await once(child, 'close');
        return MEGABYTES / ((performance.now() - began) / 1000);
      };
      const pairs = await alternate({ rounds: context.short ? 1 : 2, warmUp: 0 }, ours, theirs);
      return {
        checks: { 'MB/s': pairedRatio(pairs, (rate) => rate) },
        figures: {
          server: [{ name: 'median', value: median(pairs.ours), unit: 'MB/s' }],
          'docker CLI': [{ name: 'median', value: median(pairs.theirs), unit: 'MB/s' }],
        },
      };
    } finally {
      api.close();
      await context.raw().json('DELETE', `/containers/${writer.id}?force=1`);
    }
  },
});
