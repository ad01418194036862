import { once } from 'node:events';
import { request } from 'node:http';
import { allBytes } from '../../bench/clients/byte-pipe.ts';
import { apiClient } from '../../bench/clients/http.ts';
import { apiSocket, apiTerminal } from '../../bench/clients/socket.ts';
import { startPrivateEngine } from '../../support/private-engine.ts';
import { testScope } from '../../support/scope.ts';
import { type ServerProcess, startServer } from '../../support/server-process.ts';
import { waitFor } from '../../support/wait-for.ts';
import { must, type Soak } from '../soak.ts';

/** The end of the process or of the log, and the loss of the Engine: both are true when an Engine stops. */
const CLEAR_CODES = [1000, 4409, 4502];
/** A lost Engine is told at once, not when some deadline of a call is over. */
const PLAIN_CALL_MS = 3_000;

export const engineRestarts: Soak = {
  name: 'engine-restarts',
  async run({ short }) {
    const rounds = short ? 2 : 20;
    await using engine = await startPrivateEngine();
    await using scope = await testScope(engine);
    const { id } = await scope.createContainer('talker', {
      Cmd: ['sh', '-c', 'while :; do echo line; sleep 0.05; done'],
      // As PID 1 without a handler it would keep its Engine waiting for 10 s.
      StopSignal: 'SIGKILL',
      HostConfig: { NetworkMode: 'none' },
    });
    await using server = await startServer({ engineSocket: engine.socketPath });
    const api = apiClient(server);
    const codes = new Map<string, number>();
    let recovery = 0;
    try {
      await api.json('POST', `/containers/${id}/start`);
      for (let round = 0; round < rounds; round += 1) {
        const sockets = await openViewers(server, id);
        const closing = Promise.all(sockets.map((one) => one.closed));
        if (round % 2 === 0) await engine.stop();
        else await engine.kill();
        const closed = await within(25_000, closing, 'The viewers were not told that the Engine is gone');
        for (const [kind, code] of closed) {
          codes.set(`${kind} ${code}`, (codes.get(`${kind} ${code}`) ?? 0) + 1);
          must(CLEAR_CODES.includes(code), `A viewer of ${kind} was told ${code} when the Engine stopped`);
        }
        const { status, ms } = await plainCall(server);
        must(status === 502, `A plain call without an Engine was answered with ${status}`);
        must(ms <= PLAIN_CALL_MS, `A plain call without an Engine took ${ms.toFixed(0)} ms`);

        await engine.start();
        const began = performance.now();
        await waitFor(async () => (await plainCall(server)).status === 200, {
          what: 'the server to find the Engine again',
          timeoutMs: 30_000,
        });
        recovery = Math.max(recovery, performance.now() - began);
        await api.json('POST', `/containers/${id}/start`);
        const echo = await apiTerminal(server, id, { cmd: ['echo', 'back'], tty: false });
        must(
          (await allBytes(echo)).toString() === 'back\n',
          'An exec did not work after the Engine came back',
        );
      }
      const told = [...codes].map(([what, count]) => `${what} x${count}`).join(', ');
      return `${rounds} times the Engine was stopped or killed: viewers told ${told}; well again after at most ${recovery.toFixed(0)} ms`;
    } finally {
      api.close();
    }
  },
};

/** Viewers that have seen something, with the close code each will be told. */
async function openViewers(
  server: ServerProcess,
  id: string,
): Promise<{ readonly closed: Promise<[string, number]> }[]> {
  const paths = {
    logs: `/containers/${id}/logs?follow=true&stdout=true&stderr=true&tail=1`,
    stats: `/containers/${id}/stats`,
    exec: `/containers/${id}/terminal?tty=true&cmd=sh`,
  };
  const opened = Object.entries(paths).map(async ([kind, path]) => {
    const socket = apiSocket(server, path);
    const closed = once(socket, 'close').then(([code]): [string, number] => [kind, Number(code)]);
    await once(socket, 'message');
    return { closed };
  });
  return Promise.all(opened);
}

async function plainCall(server: ServerProcess): Promise<{ status: number; ms: number }> {
  const began = performance.now();
  const status = await new Promise<number>((resolve, reject) => {
    const outgoing = request({
      host: server.host,
      port: server.port,
      path: '/api/v1/docker/containers?all=true',
      headers: { authorization: `Bearer ${server.adminToken}` },
      timeout: 30_000,
    });
    outgoing.on('response', (incoming) => {
      incoming.resume();
      resolve(incoming.statusCode ?? 0);
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error('A plain call was not answered within 30 s')));
    outgoing.on('error', reject);
    outgoing.end();
  });
  return { status, ms: performance.now() - began };
}

async function within<T>(limitMs: number, work: Promise<T>, message: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(message)), limitMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
