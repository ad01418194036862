import { describe, expect, it } from 'vitest';
import type { Engine } from '../../src/docker/engine.ts';
import type { EngineEvent } from '../../src/domain/engine-event.ts';
import { type Gap, isGap } from '../../src/domain/gap.ts';
import { engineJson, engineRequest } from '../support/engine-api.ts';
import { errorCode } from '../support/error-code.ts';
import { openTestEngine } from '../support/open-engine.ts';
import { type TestScope, testScope } from '../support/scope.ts';
import { engines } from '../support/testbed.ts';
import { waitFor } from '../support/wait-for.ts';

const OFF = { HostConfig: { NetworkMode: 'none' } };

/** Collects the events of a scope's containers while the test goes on. */
function collect(events: AsyncIterable<EngineEvent | Gap>, scope: TestScope): string[] {
  const seen: string[] = [];
  void (async () => {
    for await (const event of events) {
      if (isGap(event)) seen.push('gap');
      else if (event.actor.attributes['name']?.startsWith(scope.prefix)) seen.push(event.action);
    }
    seen.push('end');
  })().catch((error: unknown) => seen.push(errorCode(error)));
  return seen;
}

const until = (seen: readonly string[], last: string) =>
  waitFor(() => seen.includes(last), { what: `${last} among the events`, intervalMs: 5 });

async function createAndRemove(scope: TestScope, engine: Engine, suffix: string): Promise<void> {
  const { id } = await scope.createContainer(suffix, OFF);
  await engine.containers.remove(id);
}

describe.each(engines())('events of Engine $name', (testEngine) => {
  const open = () => openTestEngine({ kind: 'unix', path: testEngine.socketPath });

  it('miss nothing from the moment the subscription is there', async () => {
    await using scope = await testScope(testEngine);
    await using engine = open();
    for (let round = 0; round < 10; round += 1) {
      const controller = new AbortController();
      const events = await engine.events.events({ filters: { type: ['container'] } }, controller.signal);
      await createAndRemove(scope, engine, `c${round}`);
      const seen = collect(events, scope);
      await until(seen, 'destroy');
      expect(seen[0]).toBe('create');
      controller.abort();
      await until(seen, 'end');
    }
  });

  it('of one kind of filter share a stream, and each reader gets them all', async () => {
    await using scope = await testScope(testEngine);
    await using engine = open();
    const controller = new AbortController();
    const { signal } = controller;
    const filters = { type: ['container'], event: ['create', 'destroy'] };
    const reversed = { event: ['destroy', 'create'], type: ['container'] };
    const all = [];
    for (let index = 0; index < 8; index += 1) {
      const query = { filters: index % 2 === 0 ? filters : reversed };
      all.push(collect(await engine.events.events(query, signal), scope));
    }
    await createAndRemove(scope, engine, 'one');
    // One that comes later sees only what comes later.
    const late = collect(await engine.events.events({ filters }, signal), scope);
    await createAndRemove(scope, engine, 'two');
    for (const seen of [...all, late])
      await waitFor(() => seen.filter((one) => one === 'destroy').length === (seen === late ? 1 : 2), {
        what: 'all events',
      });
    for (const seen of all) expect(seen).toEqual(['create', 'destroy', 'create', 'destroy']);
    expect(late).toEqual(['create', 'destroy']);
    controller.abort();
  });

  it('are replayed from a time, and go on; or end at one', async () => {
    await using scope = await testScope(testEngine);
    await using engine = open();
    const { SystemTime } = await engineJson<{ SystemTime: string }>(scope.socketPath, 'GET', '/info');
    await createAndRemove(scope, engine, 'before');
    const controller = new AbortController();
    const replayed = collect(await engine.events.events({ since: SystemTime }, controller.signal), scope);
    await until(replayed, 'destroy');
    await createAndRemove(scope, engine, 'after');
    await waitFor(() => replayed.filter((one) => one === 'destroy').length === 2, {
      what: 'what came after',
    });
    expect(replayed).toEqual(['create', 'destroy', 'create', 'destroy']);
    controller.abort();
    await until(replayed, 'end');

    const now = await engineJson<{ SystemTime: string }>(scope.socketPath, 'GET', '/info');
    const past = collect(await engine.events.events({ since: SystemTime, until: now.SystemTime }), scope);
    await until(past, 'end');
    expect(past).toEqual(['create', 'destroy', 'create', 'destroy', 'end']);
  });

  it('resume behind the one that was read last', async () => {
    await using scope = await testScope(testEngine);
    await using engine = open();
    const controller = new AbortController();
    const filters = { type: ['container'] };
    const first = await engine.events.events({ filters }, controller.signal);
    await createAndRemove(scope, engine, 'one');
    let last: EngineEvent | undefined;
    for await (const event of first) {
      if (!isGap(event) && event.actor.attributes['name'] === scope.name('one')) last = event;
      if (last?.action === 'create') break;
    }
    const since = `${(last?.timeNano ?? '').slice(0, -9)}.${(last?.timeNano ?? '').slice(-9)}`;
    const seen = collect(await engine.events.events({ filters, since }, controller.signal), scope);
    await until(seen, 'destroy');
    // The Engine's own `since` is inclusive: to the nanosecond, so that nothing else comes again.
    expect(seen).toEqual(['create', 'destroy']);
    controller.abort();
  });

  it('refuse a time that is none', async () => {
    await using engine = open();
    for (const query of [{ since: 'yesterday' }, { until: '' }, { since: '2026-99-99' }]) {
      await expect(engine.events.events(query)).rejects.toMatchObject({ code: 'VALIDATION_FAILED' });
    }
    const gone = AbortSignal.abort(new Error('left'));
    await expect(engine.events.events({}, gone)).rejects.toThrow('left');
  });

  it('end for every reader when the Engine is closed', async () => {
    await using scope = await testScope(testEngine);
    const engine = open();
    const seen = collect(await engine.events.events({}), scope);
    await engine.close();
    await until(seen, 'end');
    expect(seen.at(-1)).toBe('end');
  });
});

describe.each(engines())('Engine $name', (testEngine) => {
  const open = () => openTestEngine({ kind: 'unix', path: testEngine.socketPath });

  it('tells its versions, its machine and its disk as its own API does', async () => {
    await using scope = await testScope(testEngine);
    await using engine = open();
    await scope.runContainer('web', {
      ...OFF,
      Cmd: ['sh', '-c', 'head -c 50000 /dev/zero >/file; exec sleep 600'],
    });
    const { system } = engine;
    const get = <T>(path: string) => engineJson<T>(scope.socketPath, 'GET', path);
    const version = await get<{ Version: string; ApiVersion: string; MinAPIVersion: string }>('/version');
    expect(await system.version()).toMatchObject({
      version: version.Version,
      apiVersion: version.ApiVersion,
      minApiVersion: version.MinAPIVersion,
      os: 'linux',
      components: expect.arrayContaining([expect.objectContaining({ name: 'Engine' })]),
    });
    const info = await get<{
      ID: string;
      NCPU: number;
      MemTotal: number;
      CgroupVersion: string;
      Driver: string;
    }>('/info');
    expect(await system.info()).toMatchObject({
      id: info.ID,
      serverVersion: version.Version,
      cpus: info.NCPU,
      memoryBytes: info.MemTotal,
      cgroupVersion: info.CgroupVersion,
      storageDriver: info.Driver,
      swarm: 'inactive',
      insecureRegistries: expect.arrayContaining(['127.0.0.0/8']),
    });
    const [one, two] = await Promise.all([system.diskUsage(), system.diskUsage()]);
    expect(one).toEqual(two);
    expect(one.containers.count).toBeGreaterThanOrEqual(1);
    expect(one.containers.active).toBeGreaterThanOrEqual(1);
    expect(one.containers.sizeBytes).toBeGreaterThanOrEqual(50_000);
    expect(one.images.sizeBytes).toBeGreaterThan(1_000_000);
    expect(one.images.reclaimableBytes).toBeLessThanOrEqual(one.images.sizeBytes);
    expect((await engineRequest(scope.socketPath, 'GET', '/_ping')).status).toBe(200);
  });
});
