import { randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { apiClient, type HttpClient } from '../../bench/clients/http.ts';
import { apiTerminal, closeSocket, openSocket } from '../../bench/clients/socket.ts';
import { withoutNetwork } from '../../bench/context.ts';
import { median } from '../../bench/statistics.ts';
import { startPrivateEngine } from '../../support/private-engine.ts';
import { residentMib } from '../../support/process-figures.ts';
import { testScope } from '../../support/scope.ts';
import { type ServerProcess, startServer } from '../../support/server-process.ts';
import { mustBeGone, residue } from '../residue.ts';
import { must, type Soak } from '../soak.ts';

const ACTORS = 12;
const SLOW_MS = 2_000;

interface Stage {
  readonly server: ServerProcess;
  readonly api: HttpClient;
  /** Writes 50 lines a second. */
  readonly talker: string;
  readonly shell: string;
}

/** Something that somebody does for a moment. @throws Error when it does not go as it must. */
type Act = (stage: Stage) => Promise<void>;

const ACTS: Readonly<Record<string, Act>> = {
  logs: (stage) =>
    watch(stage, `/containers/${stage.talker}/logs?follow=true&stdout=true&stderr=true&tail=5`),
  stats: (stage) => watch(stage, `/containers/${stage.talker}/stats`),
  'host stats': (stage) => watch(stage, '/stats'),
  events: (stage) => watch(stage, '/events'),
  async 'logs as text'({ api, talker }) {
    const answer = await api.stream(`/containers/${talker}/logs?follow=true&stdout=true&stderr=true`, {
      accept: 'text/plain',
    });
    answer.on('error', () => answer.destroy());
    answer.resume();
    await moment();
    answer.destroy();
  },
  async terminal({ server, shell }) {
    const pipe = await apiTerminal(server, shell, { cmd: ['sh'], tty: true });
    let screen = '';
    pipe.listen((chunk) => {
      screen += chunk.toString();
    });
    pipe.write(Buffer.from('echo $((6*7)); exit 3\n'));
    const { code, reason } = await pipe.ended;
    must(screen.includes('42'), `A terminal showed ${JSON.stringify(screen)} instead of 42`);
    must(code === 1000 && reason === 'exit:3', `A terminal ended with ${code} "${reason}"`);
  },
  async 'terminal left behind'({ server, shell }) {
    const pipe = await apiTerminal(server, shell, { cmd: ['sh'], tty: true });
    pipe.write(Buffer.from('sleep 5000\n'));
    await moment();
    pipe.destroy();
  },
  async 'plain exec'({ api, shell }) {
    const { execId } = await api.json<{ execId: string }>('POST', `/containers/${shell}/exec`, {
      cmd: ['sh', '-c', 'echo out; echo err >&2; exit 4'],
      attachStdout: true,
      attachStderr: true,
    });
    const result = await api.json<{ exitCode: number; stdout: string }>('POST', `/exec/${execId}/start`, {});
    must(result.exitCode === 4 && result.stdout === 'out\n', `An exec gave ${JSON.stringify(result)}`);
  },
  async lists({ api, shell }) {
    await api.get('/containers?all=true');
    await api.get(`/containers/${shell}`);
  },
};

/** Opens a WebSocket, reads for a moment, and leaves: politely, or without a word. */
async function watch({ server }: Stage, path: string): Promise<void> {
  let closed: number | undefined;
  const socket = await openSocket(server, path, () => undefined);
  socket.on('close', (code) => {
    closed = code;
  });
  await moment();
  must(closed === undefined, `${path} was closed with ${closed}`);
  if (randomInt(2) === 0) await closeSocket(socket);
  else socket.terminate();
}

function moment(): Promise<void> {
  return delay(randomInt(20, 2_500));
}

export const mixedViewers: Soak = {
  name: 'mixed-viewers',
  async run({ short }) {
    const durationMs = short ? 20_000 : 20 * 60_000;
    await using engine = await startPrivateEngine();
    await using scope = await testScope(engine);
    const talk = ['sh', '-c', 'while :; do echo "a line of a log"; sleep 0.02; done'];
    const { id: talker } = await scope.runContainer('talker', withoutNetwork(talk));
    const { id: shell } = await scope.runContainer('shell', withoutNetwork(['sleep', '100000']));
    await using server = await startServer({
      engineSocket: engine.socketPath,
      environment: { FAIRLEAD_TERMINAL_GRACE_SECONDS: '1' },
    });
    const api = apiClient(server);
    const stage = { server, api, talker, shell };
    const watched = { engine, server, containerId: shell };
    try {
      // Everything once, so that what is made at first use is there.
      for (const act of Object.values(ACTS)) await act(stage);
      await delay(2_000);
      const before = await residue(watched);
      const memory: number[] = [];
      const looking = setInterval(() => memory.push(residentMib(server.pid)), 500);
      const until = performance.now() + durationMs;
      const [counts, slowest] = await Promise.all([
        perform(stage, until),
        slowestAnswer(stage, until),
      ]).finally(() => clearInterval(looking));
      must(slowest <= SLOW_MS, `A list took ${slowest.toFixed(0)} ms meanwhile`);
      const quarter = Math.floor(memory.length / 4);
      const growth = median(memory.slice(-quarter)) - median(memory.slice(quarter, 2 * quarter));
      must(growth <= 32, `The server grew by ${growth.toFixed(0)} MiB from the second quarter to the last`);
      const left = await mustBeGone(watched, before, short ? 96 : 128);
      const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
      return `${total} acts of ${counts.size} kinds, a list took at most ${slowest.toFixed(0)} ms; ${left}`;
    } finally {
      api.close();
    }
  },
};

async function perform(stage: Stage, until: number): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  const acts = Object.entries(ACTS);
  const actor = async () => {
    while (performance.now() < until) {
      const [name, act] = acts[randomInt(acts.length)] as [string, Act];
      await act(stage).catch((error: unknown) => {
        throw new Error(`${name} failed`, { cause: error });
      });
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: ACTORS }, actor));
  return counts;
}

/** Asks for a short list five times a second; @returns the longest that one took, in milliseconds. */
async function slowestAnswer({ api }: Stage, until: number): Promise<number> {
  let slowest = 0;
  while (performance.now() < until) {
    const began = performance.now();
    await api.get('/containers');
    slowest = Math.max(slowest, performance.now() - began);
    await delay(200);
  }
  return slowest;
}
