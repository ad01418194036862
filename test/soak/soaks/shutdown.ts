import { once } from 'node:events';
import { apiSocket } from '../../bench/clients/socket.ts';
import { withoutNetwork } from '../../bench/context.ts';
import { startPrivateEngine } from '../../support/private-engine.ts';
import { testScope } from '../../support/scope.ts';
import { startServer } from '../../support/server-process.ts';
import { must, type Soak } from '../soak.ts';

const LIMIT_MS = 10_000;

export const shutdown: Soak = {
  name: 'shutdown',
  async run({ short }) {
    await using engine = await startPrivateEngine();
    await using scope = await testScope(engine);
    const cmd = ['sh', '-c', 'while :; do echo line; sleep 0.05; done'];
    const { id } = await scope.runContainer('talker', withoutNetwork(cmd));
    const paths = [
      ...Array<string>(20).fill(`/containers/${id}/logs?follow=true&stdout=true&stderr=true`),
      ...Array<string>(10).fill(`/containers/${id}/stats`),
      ...Array<string>(5).fill('/stats'),
      ...Array<string>(5).fill('/events'),
      ...Array<string>(5).fill(`/containers/${id}/terminal?tty=true&cmd=sh`),
      ...Array<string>(5).fill(`/containers/${id}/terminal?tty=false&cmd=yes`),
    ];
    const rounds = short ? 1 : 5;
    let slowest = 0;
    for (let round = 0; round < rounds; round += 1) {
      await using server = await startServer({ engineSocket: engine.socketPath });
      const sockets = paths.map((path) => apiSocket(server, path));
      await Promise.all(sockets.map((socket) => once(socket, 'open')));
      const codes = Promise.all(
        sockets.map(async (socket) => ((await once(socket, 'close')) as [number, Buffer])[0]),
      );
      const began = performance.now();
      const { code, signal } = await server.end('SIGTERM');
      const took = performance.now() - began;
      slowest = Math.max(slowest, took);
      const others = [...new Set((await codes).filter((closed) => closed !== 1001))];
      must(code === 0, `The server ended with code ${code}, signal ${signal}: ${server.output()}`);
      must(took <= LIMIT_MS, `The server took ${took.toFixed(0)} ms to end`);
      must(others.length === 0, `Some sockets were told ${others.join(', ')} instead of 1001`);
    }
    return `${rounds} times SIGTERM with ${paths.length} open sockets: all told 1001, code 0 after at most ${slowest.toFixed(0)} ms`;
  },
};
