import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ContainerStats, HostStats } from '../../src/domain/container-stats.ts';
import { type EngineTap, tapEngine } from '../bench/engine-tap.ts';
import { engineJson, engineRequest } from '../support/engine-api.ts';
import { type TestScope, testScope } from '../support/scope.ts';
import { type TestServer, testServer } from '../support/server.ts';
import { eventsOf, jsonOf, messagesOf, take } from '../support/streams.ts';
import { engines, type TestEngine } from '../support/testbed.ts';
import { waitFor } from '../support/wait-for.ts';

const STREAMS = /\/stats\?stream=true/;
const NUMBERS = [
  ...['cpu', 'onlineCpus', 'memory', 'memoryLimit', 'memoryPercent', 'pids'],
  ...['networkRx', 'networkTx', 'blockRead', 'blockWrite'],
  ...['networkRxRate', 'networkTxRate', 'blockReadRate', 'blockWriteRate'],
];

function quiet(cmd: string): Record<string, unknown> {
  return { Cmd: ['sh', '-c', cmd], HostConfig: { NetworkMode: 'none' } };
}

/** `docker stats --no-stream` in numbers: percent, bytes, and as many digits as it prints. */
async function printed(engine: TestEngine, id: string) {
  const format = '{{.CPUPerc}}|{{.MemUsage}}|{{.MemPerc}}|{{.NetIO}}|{{.BlockIO}}|{{.PIDs}}';
  const { stdout } = await promisify(execFile)('docker', ['stats', '--no-stream', '--format', format, id], {
    env: { ...process.env, DOCKER_HOST: `unix://${engine.socketPath}` },
  });
  const [cpu = '', memory = '', percent = '', net = '', block = '', pids = ''] = stdout.trim().split('|');
  const pair = (text: string) => text.split(' / ').map(bytesOf);
  return {
    cpu: Number.parseFloat(cpu),
    memory: pair(memory),
    percent: Number.parseFloat(percent),
    net: pair(net),
    block: pair(block),
    pids: Number(pids),
  };
}

const UNITS: Readonly<Record<string, number>> = {
  ...{ B: 1, kB: 1e3, MB: 1e6, GB: 1e9, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 },
};

function bytesOf(text: string): number {
  const [, number, unit = 'B'] = /^([\d.]+)(\w+)$/.exec(text) ?? [];
  return Number(number) * (UNITS[unit] ?? Number.NaN);
}

/** To the digits that `docker stats` prints. */
function expectClose(actual: number, shown: number): void {
  expect(Math.abs(actual - shown)).toBeLessThanOrEqual(Math.max(0.005 * shown, 0.01));
}

function expectBetween(actual: number, least = Number.NaN, most = Number.NaN): void {
  expect(actual).toBeGreaterThanOrEqual(least * 0.995 - 1);
  expect(actual).toBeLessThanOrEqual(most * 1.005 + 1);
}

describe.each(engines())('stats on Engine $name', (engine) => {
  let tap: EngineTap;
  let server: TestServer;
  beforeAll(async () => {
    tap = await tapEngine(engine.socketPath);
    server = await testServer({ engineSocket: tap.socketPath });
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await tap[Symbol.asyncDispose]();
  });

  const sample = (id: string) => server.json<ContainerStats>(`/containers/${id}/stats`);

  it('are what docker stats prints: exactly when nothing happens', async () => {
    await using scope = await testScope(engine);
    const { id, name } = await scope.runContainer(undefined, {
      Cmd: [
        'sh',
        '-c',
        'head -c 20000000 /dev/urandom >/data; cat /data >/dev/null; touch /ready; sleep 600',
      ],
      HostConfig: { Memory: 100 * 1024 ** 2 },
    });
    await waitFor(
      async () =>
        (await engineRequest(engine.socketPath, 'HEAD', `/containers/${id}/archive?path=/ready`)).status ===
        200,
      { what: 'the files' },
    );
    // The kernel goes on tidying up for a while after so much was written.
    const { shown, ours, age, later } = await waitFor(
      async () => {
        const before = await printed(engine, id);
        const between = await sample(id);
        const old = Math.abs(Date.now() - Date.parse(between.time));
        const after = await printed(engine, id);
        return before.memory[0] === after.memory[0]
          ? { shown: before, ours: between, age: old, later: after }
          : null;
      },
      { what: 'memory that does not move', timeoutMs: 25_000 },
    );
    expect(ours).toMatchObject({ containerId: id, name, memoryLimit: shown.memory[1], pids: shown.pids });
    expectClose(ours.memory, shown.memory[0] ?? 0);
    expectClose(ours.memoryPercent, shown.percent);
    // The bridge carries a packet of others now and then.
    expectBetween(ours.networkRx, shown.net[0], later.net[0]);
    expectBetween(ours.networkTx, shown.net[1], later.net[1]);
    expectBetween(ours.blockRead, shown.block[0], later.block[0]);
    expectBetween(ours.blockWrite, shown.block[1], later.block[1]);
    expect(age).toBeLessThan(2_000);
  });

  it('show a limit on CPU as docker stats does', async () => {
    await using scope = await testScope(engine);
    const { id } = await scope.runContainer(undefined, {
      Cmd: ['sh', '-c', 'while :; do :; done'],
      HostConfig: { NetworkMode: 'none', NanoCpus: 250_000_000 },
    });
    await using socket = await messagesOf<ContainerStats>(server.socket(`/containers/${id}/stats`));
    const shown = await printed(engine, id);
    await socket.received(4);
    const mean = (all: readonly ContainerStats[]) => all.reduce((sum, one) => sum + one.cpu, 0) / all.length;
    expect(Math.abs(mean(socket.messages.slice(1)) - shown.cpu)).toBeLessThan(8);
    expect((await sample(id)).cpu).toBeGreaterThan(1);
  });

  it('are one sample as soon as the Engine has one, CPU too', async () => {
    await using scope = await testScope(engine);
    const { id } = await scope.runContainer(undefined, {
      Cmd: ['sh', '-c', 'while :; do :; done'],
      HostConfig: { NetworkMode: 'none', NanoCpus: 500_000_000 },
    });
    await sample(id);
    const timed = async (run: () => Promise<unknown>) => {
      const began = performance.now();
      await run();
      return performance.now() - began;
    };
    // An Engine that answers at its next tick takes up to a second, a full one right after another answer: so by pairs.
    let later = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 5 && later >= 100; round += 1) {
      const oneShot = `/containers/${id}/stats?stream=0&one-shot=1`;
      const theirs = await timed(() => engineJson(engine.socketPath, 'GET', oneShot));
      later = Math.min(later, (await timed(() => sample(id))) - theirs);
    }
    expect(later).toBeLessThan(100);
    const stats = await sample(id);
    expect(stats.cpu).toBeGreaterThan(1);
    expect(stats.cpu).toBeLessThan(120);
    for (const name of NUMBERS)
      expect([name, Number.isFinite(stats[name as keyof ContainerStats])]).toEqual([name, true]);
  });

  it('tell of a first sample the CPU since the start', async () => {
    await using scope = await testScope(engine);
    const { id } = await scope.runContainer(undefined, quiet('while :; do :; done'));
    const before = tap.seen(/one-shot/);
    const { cpu } = await sample(id);
    // The machine may be busy with more than this.
    expect(cpu).toBeGreaterThan(1);
    expect(cpu).toBeLessThan(120);
    expect(tap.seen(/one-shot/) - before).toBe(engine.name === '20.10' ? 1 : 2);
  });

  it('are zeros for a container that does not run', async () => {
    await using scope = await testScope(engine);
    const { id, name } = await scope.createContainer();
    const { containerId, name: shown, time, ...numbers } = await sample(id);
    expect([containerId, shown, new Set(Object.values(numbers))]).toEqual([id, name, new Set([0])]);
    expect(Math.abs(Date.now() - Date.parse(time))).toBeLessThan(2_000);
  });

  it('come once a second until the container is removed, over a stop and a start, from one stream for all', async () => {
    await using scope = await testScope(engine);
    const { id } = await scope.runContainer(undefined, quiet('sleep 600'));
    const path = `/containers/${id}/stats`;
    await using a = await messagesOf<ContainerStats>(server.socket(path));
    await a.received(2);
    await using b = await messagesOf<ContainerStats>(server.socket(path));
    // The newest sample is there already.
    await b.received(1, 500);
    const sse = eventsOf(await server.call(path, { headers: { Accept: 'text/event-stream' } }));
    const ndjson = jsonOf<ContainerStats>(
      await server.call(path, { headers: { Accept: 'application/x-ndjson' } }),
    );
    const [event] = await take(sse, 1);
    expect(JSON.parse(event?.data ?? '{}')).toMatchObject({ containerId: id });
    expect(await take(ndjson, 1)).toEqual([expect.objectContaining({ containerId: id })]);
    expect(tap.open(STREAMS)).toBe(1);

    const times = b.messages.map(({ time }) => Date.parse(time));
    expect(new Set(times).size).toBe(times.length);
    await engineRequest(engine.socketPath, 'POST', `/containers/${id}/kill`);
    await waitFor(() => a.messages.at(-1)?.pids === 0, { what: 'a sample of zeros' });
    await engineRequest(engine.socketPath, 'POST', `/containers/${id}/start`);
    await waitFor(() => (a.messages.at(-1)?.pids ?? 0) > 0, { what: 'a sample of the new run' });
    await engineRequest(engine.socketPath, 'DELETE', `/containers/${id}?force=1`);
    expect(await a.closed).toMatchObject({ code: 1000 });
    expect(await b.closed).toMatchObject({ code: 1000 });
  });

  it('are not asked for any longer when nobody watches', async () => {
    await using scope = await testScope(engine);
    const { id } = await scope.runContainer(undefined, quiet('sleep 600'));
    {
      await using socket = await messagesOf(server.socket(`/containers/${id}/stats`));
      await socket.received(1);
      expect(tap.open(STREAMS)).toBe(1);
      // While somebody watches, a single sample costs the Engine nothing.
      const before = tap.seen(/\/stats/);
      await sample(id);
      expect(tap.seen(/\/stats/)).toBe(before);
    }
    await waitFor(() => tap.open(STREAMS) === 0, { what: 'the stream to end' });
  });

  it('of the whole host are one message a second, in which containers come and go', async () => {
    await using scope = await testScope(engine);
    const own = { Labels: { 'com.docker.compose.project': scope.prefix } };
    const one = await scope.runContainer('one', { ...quiet('sleep 600'), ...own });
    const viewer = await server.makeToken({ name: 'narrow', role: 'viewer', stacks: [scope.prefix] });
    await using all = await messagesOf<HostStats>(server.socket('/stats'));
    await using narrow = await messagesOf<HostStats>(server.socket('/stats', { token: viewer.token }));
    await narrow.received(1);
    expect(narrow.messages[0]).toEqual({
      time: expect.any(String),
      items: [expect.objectContaining({ containerId: one.id, name: one.name })],
    });
    const ids = (socket: { readonly messages: readonly HostStats[] }) =>
      socket.messages.at(-1)?.items.map(({ containerId }) => containerId) ?? [];
    expect(ids(all)).toContain(one.id);

    const two = await scope.runContainer('two', quiet('sleep 600'));
    await waitFor(() => ids(all).includes(two.id), { what: 'the second container', timeoutMs: 5_000 });
    expect(ids(narrow)).toEqual([one.id]);
    await engineRequest(engine.socketPath, 'POST', `/containers/${one.id}/kill`);
    await waitFor(() => !ids(all).includes(one.id), { what: 'the first to be gone', timeoutMs: 5_000 });
    expect(ids(all)).toContain(two.id);

    const began = all.messages.length;
    await all.received(began + 3);
    const times = all.messages.slice(began).map(({ time }) => Date.parse(time));
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeGreaterThan(1_500);
  });

  it('of the whole host are streamed in the type that is asked for', async () => {
    await using scope = await testScope(engine);
    await hostOf(scope);
    const [message] = await take(
      jsonOf<HostStats>(await server.call('/stats', { headers: { Accept: 'application/x-ndjson' } })),
      1,
    );
    expect(message?.items.length).toBeGreaterThan(0);
    const response = await server.call('/stats');
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const [event] = await take(eventsOf(response), 1);
    expect(event).toMatchObject({ event: 'message', id: undefined });
    expect((await server.call('/stats', { headers: { Accept: 'application/json' } })).status).toBe(406);
  });

  it('are refused to a token that does not reach the container, and for one that is none', async () => {
    await using scope = await testScope(engine);
    const { id } = await scope.createContainer();
    const { token } = await server.makeToken({ name: 'narrow', role: 'viewer', stacks: ['other'] });
    const { token: elsewhere } = await server.makeToken({
      name: 'elsewhere',
      role: 'viewer',
      hosts: ['other'],
    });
    const status = async (path: string, as = server.tokens.viewer) =>
      (await server.call(path, { token: as })).status;
    expect(await status(`/containers/${id}/stats`)).toBe(200);
    expect(await status(`/containers/${id}/stats`, token)).toBe(403);
    expect(await status('/stats', elsewhere)).toBe(403);
    expect(await status('/containers/nobody/stats')).toBe(404);
  });
});

async function hostOf(scope: TestScope): Promise<void> {
  await scope.runContainer(undefined, quiet('sleep 600'));
}
