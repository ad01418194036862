import { describe, expect, it } from 'vitest';
import type { Engine } from '../../src/docker/engine.ts';
import type { EngineState } from '../../src/domain/engine-state.ts';
import { engineRequest } from '../support/engine-api.ts';
import { errorCode } from '../support/error-code.ts';
import { openTestEngine } from '../support/open-engine.ts';
import { type PrivateEngine, startPrivateEngine } from '../support/private-engine.ts';
import { waitFor } from '../support/wait-for.ts';

const PATIENT = 90_000;

const open = (engine: PrivateEngine) => openTestEngine({ kind: 'unix', path: engine.socketPath });

async function run(engine: Engine, name: string, cmd = ['sleep', '600']): Promise<string> {
  const body = {
    Image: 'busybox:latest',
    Cmd: cmd,
    StopSignal: 'SIGKILL',
    HostConfig: { NetworkMode: 'none' },
  };
  const { id } = await engine.containers.create({ name, body });
  await engine.containers.start(id);
  return id;
}

const connected = (engine: Engine) =>
  waitFor(() => engine.health.state() === 'connected', { what: 'the Engine to be back', timeoutMs: 30_000 });

/** Fails at once, with the words of an Engine that cannot be reached. */
async function unreachable(call: () => Promise<unknown>, withinMs = 500): Promise<void> {
  const start = performance.now();
  await expect(call(), call.toString()).rejects.toMatchObject({ code: 'ENGINE_UNREACHABLE' });
  expect(performance.now() - start, call.toString()).toBeLessThan(withinMs);
}

async function everythingUnreachable(engine: Engine, id: string): Promise<void> {
  const { containers, system, events } = engine;
  for (const call of [
    () => containers.list({ all: true }),
    () => containers.list({ filters: { ancestor: ['busybox'] } }),
    () => containers.find(id),
    () => containers.get(id),
    () => containers.start(id),
    () => containers.create({ body: { Image: 'busybox:latest' } }),
    () => containers.readArchive(id, '/etc'),
    () => containers.wait(id, 'not-running'),
    () => system.version(),
    () => system.info(),
    () => events.events({}),
  ]) {
    await unreachable(call);
  }
}

function collectStates(engine: Engine): EngineState[] {
  const states: EngineState[] = [];
  void (async () => {
    for await (const state of engine.health.watch()) states.push(state);
  })();
  return states;
}

describe('an Engine that stops in good order and is started again', () => {
  it(
    'is found lost at once, fails every call at once, and is used again without a restart of ours',
    async () => {
      await using privateEngine = await startPrivateEngine();
      await using engine = open(privateEngine);
      const id = await run(engine, 'web');
      const states = collectStates(engine);
      const waiting = engine.containers.wait(id, 'not-running').catch(errorCode);
      const events = await engine.events.events({});
      const reading = (async () => {
        for await (const _ of events);
      })().catch(errorCode);

      const start = performance.now();
      privateEngine.terminate();
      await waitFor(() => engine.health.state() === 'lost', {
        what: 'the loss to be noticed',
        intervalMs: 2,
      });
      expect(performance.now() - start).toBeLessThan(1_000);
      expect(engine.health.failure()?.code).toBe('ENGINE_UNREACHABLE');
      await everythingUnreachable(engine, id);
      // The Engine ends the wait in good order, as if the container had ended by itself.
      expect(await waiting).toBe('ENGINE_UNREACHABLE');
      expect(await reading).toBe('ENGINE_UNREACHABLE');
      await privateEngine.stop();
      await everythingUnreachable(engine, id);

      await privateEngine.start();
      // Not even a wait for the next attempt: the call itself makes one.
      expect((await engine.containers.find('web')).state).toBe('exited');
      expect(engine.health.failure()).toBeNull();
      await engine.containers.start(id);
      expect((await engine.containers.list()).map((one) => one.id)).toEqual([id]);
      // By others, so that it comes by the new stream of events.
      await engineRequest(privateEngine.socketPath, 'POST', `/containers/${id}/pause`);
      await waitFor(async () => (await engine.containers.find(id)).state === 'paused', { what: 'an event' });
      expect(states).toEqual(['connected', 'lost', 'connected']);
    },
    PATIENT,
  );

  it(
    'is another Engine when it comes back as one: its version is asked for anew',
    async () => {
      await using privateEngine = await startPrivateEngine();
      await using engine = open(privateEngine);
      expect((await engine.system.version()).version).toBe(privateEngine.version);
      for (let round = 0; round < 3; round += 1) {
        await privateEngine.stop();
        await privateEngine.start();
        expect((await engine.system.version()).version).toBe(privateEngine.version);
      }
    },
    PATIENT,
  );
});

describe('an Engine that is killed', () => {
  it(
    'is found lost at once; what was under way fails, and what is there after it is shown',
    async () => {
      await using privateEngine = await startPrivateEngine({ liveRestore: true });
      await using engine = open(privateEngine);
      const id = await run(engine, 'web', ['sh', '-c', 'head -c 200000000 /dev/zero >/big; sleep 600']);
      const written = async () => (await engine.containers.statPath(id, '/big')).size === 200_000_000;
      await waitFor(written, { what: 'a large file' });
      const before = await engine.containers.list();
      const waiting = engine.containers.wait(id, 'removed').catch((error: unknown) => error);
      const { body } = await engine.containers.readArchive(id, '/big');
      const download = (async () => {
        for await (const _ of body) await new Promise((resolve) => setTimeout(resolve, 1));
      })().catch((error: unknown) => error);

      await privateEngine.kill();
      await waitFor(() => engine.health.state() === 'lost', {
        what: 'the loss to be noticed',
        intervalMs: 2,
      });
      expect(await waiting).toMatchObject({ code: 'ENGINE_UNREACHABLE' });
      expect(await download).toMatchObject({ code: 'ENGINE_UNREACHABLE' });
      await everythingUnreachable(engine, id);

      // For some ten seconds it takes connections without answering on them.
      await privateEngine.start();
      await connected(engine);
      const after = await engine.containers.list();
      expect(after.map((one) => [one.id, one.state, one.startedAt])).toEqual(
        before.map((one) => [one.id, one.state, one.startedAt]),
      );
      await engine.containers.remove(id, { force: true });
      expect(await engine.containers.list({ all: true })).toEqual([]);
    },
    PATIENT,
  );
});

describe('an Engine that hangs', () => {
  it(
    'is found lost by its silence; calls that wait for it end, those after it fail at once, until it answers again',
    async () => {
      await using privateEngine = await startPrivateEngine();
      await using engine = open(privateEngine);
      const id = await run(engine, 'web');
      const waiting = engine.containers.wait(id, 'next-exit').catch((error: unknown) => error);
      await engine.containers.list();
      privateEngine.freeze();
      const stuck = [
        () => engine.system.info(),
        () => engine.containers.get(id),
        () => engine.containers.statPath(id, '/etc'),
      ].map((call) => call().catch((error: unknown) => error));
      await waitFor(() => engine.health.state() === 'lost', {
        what: 'the silence to be noticed',
        timeoutMs: 15_000,
      });
      for (const call of [...stuck, waiting])
        expect(await call).toMatchObject({ code: 'ENGINE_UNREACHABLE' });
      expect(engine.health.failure()?.code).toBe('ENGINE_TIMEOUT');
      await everythingUnreachable(engine, id);

      privateEngine.thaw();
      await connected(engine);
      expect((await engine.containers.get(id)).state).toBe('running');
      await engine.containers.kill(id);
      expect((await engine.containers.find(id)).state).toBe('exited');
    },
    PATIENT,
  );
});

describe('an Engine that is not there yet', () => {
  it(
    'is lost until it is started, and the first call after that works',
    async () => {
      await using privateEngine = await startPrivateEngine();
      await privateEngine.stop();
      await using engine = open(privateEngine);
      await unreachable(() => engine.containers.list());
      expect(engine.health.state()).toBe('lost');
      await unreachable(() => engine.health.ping());
      await privateEngine.start();
      expect(await engine.containers.list()).toEqual([]);
      expect((await engine.health.ping()).latencyMs).toBeGreaterThan(0);
    },
    PATIENT,
  );

  it('leaves nothing running when it is closed before it was ever reached', async () => {
    const engine = openTestEngine({ kind: 'unix', path: '/nowhere/engine.sock' });
    await unreachable(() => engine.containers.list());
    await engine.close();
    await unreachable(() => engine.containers.list());
    const states: EngineState[] = [];
    for await (const state of engine.health.watch()) states.push(state);
    expect(states).toEqual(['lost']);
  });
});
