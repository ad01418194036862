import { describe, expect, it, vi } from 'vitest';
import type { EngineMonitor } from '../../../src/docker/connection/monitor.ts';
import type { ContainerSource } from '../../../src/docker/containers/container-source.ts';
import type { RawInspected, RawListed } from '../../../src/docker/containers/raw-container.ts';
import { createSnapshot } from '../../../src/docker/containers/snapshot.ts';
import { createListeners } from '../../../src/docker/streams/listeners.ts';
import type { EngineEvent } from '../../../src/domain/engine-event.ts';
import { FairleadError } from '../../../src/domain/errors.ts';

interface Made {
  readonly id: string;
  readonly name: string;
  readonly created: string;
  state: string;
  image: string;
  health?: string;
}

/** An Engine of which a test decides what it holds, when it answers, and what it tells of. */
function world() {
  const made = new Map<string, Made>();
  const events = createListeners<EngineEvent>();
  const lost = createListeners<FairleadError>();
  const back = createListeners<void>();
  const calls: string[] = [];
  let connected = true;
  let failure: Error | undefined;
  let gate: Promise<void> = Promise.resolve();

  const answer = async <T>(call: string, make: () => T): Promise<T> => {
    calls.push(call);
    // What an Engine says is what was so when it was asked.
    const value = make();
    await gate;
    if (failure) throw failure;
    return value;
  };
  const listed = (one: Made): RawListed => ({
    Id: one.id,
    Names: [`/${one.name}`],
    Image: one.image,
    ImageID: 'sha256:1',
    Command: 'sleep',
    Created: 1,
    State: one.state,
    Status: one.health ? `Up 1 minute (${one.health})` : 'Up 1 minute',
  });
  const inspected = (one: Made): RawInspected => ({
    Id: one.id,
    Name: `/${one.name}`,
    Created: one.created,
    Image: 'sha256:1',
    State: {
      Status: one.state,
      Running: one.state === 'running',
      Paused: false,
      Pid: 1,
      ExitCode: 0,
      StartedAt: '0001-01-01T00:00:00Z',
      FinishedAt: '0001-01-01T00:00:00Z',
      ...(one.health ? { Health: { Status: one.health } } : {}),
    },
    Config: {},
  });
  const source: ContainerSource = {
    list: ({ filters }) =>
      answer(`list ${filters?.['id']?.join() ?? 'all'}`, () =>
        [...made.values()].filter((one) => filters?.['id']?.includes(one.id) ?? true).map(listed),
      ),
    inspect: (id) =>
      answer(`inspect ${id}`, () => {
        const one = made.get(id);
        if (!one) throw new FairleadError('CONTAINER_NOT_FOUND', id);
        return inspected(one);
      }),
  };
  const monitor = {
    state: () => (connected ? 'connected' : 'lost'),
    reachable: async () => {
      if (!connected) throw new FairleadError('ENGINE_UNREACHABLE', 'lost');
    },
    onEvent: events.add,
    onLost: lost.add,
    onBack: back.add,
  } as unknown as EngineMonitor;

  return {
    monitor,
    source,
    calls,
    make(name: string, over: Partial<Made> = {}): Made {
      const one = {
        id: `id-${name}`,
        name,
        created: '2026-01-01T00:00:00Z',
        state: 'running',
        image: 'busybox',
        ...over,
      };
      made.set(one.id, one);
      return one;
    },
    drop: (name: string) => made.delete(`id-${name}`),
    event: (type: string, action: string, id: string, attributes: Record<string, string> = {}) =>
      events.tell({ time: '', timeNano: '1', type, action, actor: { id, attributes }, scope: 'local' }),
    lose() {
      connected = false;
      lost.tell(new FairleadError('ENGINE_UNREACHABLE', 'lost'));
    },
    comeBack() {
      connected = true;
      back.tell();
    },
    fail: (error: Error | undefined) => {
      failure = error;
    },
    /** Holds all answers back until the returned function is called. */
    hold(): () => void {
      let release: () => void = () => undefined;
      gate = new Promise((resolve) => {
        release = resolve;
      });
      return () => {
        gate = Promise.resolve();
        release();
      };
    },
  };
}

const names = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name);

describe('the snapshot', () => {
  it('reads all once, then answers without the Engine', async () => {
    const engine = world();
    engine.make('a');
    engine.make('b', { created: '2026-01-01T00:00:00.000000001Z' });
    engine.make('c', { created: '2026-01-01T00:00:00.00000001Z' });
    const snapshot = createSnapshot(engine.source, engine.monitor);
    const first = await snapshot.all();
    expect(names(first)).toEqual(['c', 'b', 'a']);
    const asked = engine.calls.length;
    for (let round = 0; round < 100; round += 1) expect(await snapshot.all()).toBe(first);
    expect(engine.calls).toHaveLength(asked);
    snapshot.close();
  });

  it('reads anew only what an event is about, and shows nothing older than the event', async () => {
    const engine = world();
    const a = engine.make('a');
    engine.make('b');
    const snapshot = createSnapshot(engine.source, engine.monitor);
    const before = await snapshot.all();
    engine.calls.length = 0;
    a.state = 'exited';
    engine.event('container', 'die', a.id);
    const after = await snapshot.all();
    expect(after.map(({ state }) => state).sort()).toEqual(['exited', 'running']);
    expect(engine.calls.sort()).toEqual([`inspect ${a.id}`, `list ${a.id}`]);
    const b = (list: typeof after) => list.find(({ name }) => name === 'b');
    expect(b(after)).toBe(b(before));
    snapshot.close();
  });

  it('reads a container on which a thousand events come in a burst a few times only', async () => {
    const engine = world();
    const a = engine.make('a');
    const snapshot = createSnapshot(engine.source, engine.monitor);
    await snapshot.all();
    engine.calls.length = 0;
    for (let index = 0; index < 1000; index += 1) {
      engine.event('container', 'restart', a.id);
      if (index % 250 === 0) await Promise.resolve();
    }
    await snapshot.all();
    expect(engine.calls.length).toBeLessThan(10);
    snapshot.close();
  });

  it('reads again what changed while it was being read', async () => {
    const engine = world();
    const a = engine.make('a');
    const snapshot = createSnapshot(engine.source, engine.monitor);
    await snapshot.all();
    const release = engine.hold();
    a.state = 'paused';
    engine.event('container', 'pause', a.id);
    await vi.waitFor(() => expect(engine.calls.at(-1)).toBe(`inspect ${a.id}`));
    a.state = 'exited';
    engine.event('container', 'die', a.id);
    const list = snapshot.all();
    release();
    expect((await list)[0]?.state).toBe('exited');
    snapshot.close();
  });

  it('drops what is gone, also when that happens between the two calls for it', async () => {
    const engine = world();
    const a = engine.make('a');
    engine.make('b');
    const snapshot = createSnapshot(engine.source, engine.monitor);
    await snapshot.all();
    engine.drop('a');
    engine.event('container', 'destroy', a.id);
    expect(names(await snapshot.all())).toEqual(['b']);
    const c = engine.make('c');
    const inspect = engine.source.inspect;
    const vanishing: ContainerSource = {
      ...engine.source,
      inspect: (ref, size) => {
        if (ref === c.id) engine.drop('c');
        return inspect(ref, size);
      },
    };
    const other = createSnapshot(vanishing, engine.monitor);
    expect(names(await other.all())).toEqual(['b']);
    snapshot.close();
    other.close();
  });

  it('follows networks and images by what their events name', async () => {
    const engine = world();
    const a = engine.make('a');
    const b = engine.make('b');
    const snapshot = createSnapshot(engine.source, engine.monitor);
    await snapshot.all();
    engine.calls.length = 0;
    engine.event('network', 'connect', 'net', { container: a.id });
    engine.event('network', 'create', 'net');
    await snapshot.all();
    expect(engine.calls.sort()).toEqual([`inspect ${a.id}`, `list ${a.id}`]);
    engine.calls.length = 0;
    b.image = 'sha256:1';
    engine.event('image', 'tag', 'busybox');
    await snapshot.all();
    // One list tells which of them the change is about.
    expect(engine.calls).toEqual(['list all', `inspect ${b.id}`]);
    snapshot.close();
  });

  it('throws while the Engine is lost, and reads all anew when it is back', async () => {
    const engine = world();
    const a = engine.make('a');
    const snapshot = createSnapshot(engine.source, engine.monitor);
    const before = await snapshot.all();
    engine.lose();
    await expect(snapshot.all()).rejects.toMatchObject({ code: 'ENGINE_UNREACHABLE' });
    engine.drop('a');
    engine.make('b');
    engine.comeBack();
    expect(names(await snapshot.all())).toEqual(['b']);
    engine.lose();
    engine.drop('b');
    engine.make('a', a);
    engine.comeBack();
    expect(await snapshot.all()).toEqual(before);
    snapshot.close();
  });

  it('does not believe what it was told over a connection that has been lost since', async () => {
    const engine = world();
    engine.make('old');
    const release = engine.hold();
    const snapshot = createSnapshot(engine.source, engine.monitor);
    await vi.waitFor(() => expect(engine.calls).toHaveLength(1));
    engine.lose();
    engine.drop('old');
    engine.make('new');
    engine.comeBack();
    const list = snapshot.all();
    release();
    expect(names(await list)).toEqual(['new']);
    expect(names(await snapshot.all())).toEqual(['new']);
    snapshot.close();
  });

  it('reads all when the reading of one failed, because it no longer knows what it knows', async () => {
    const engine = world();
    const a = engine.make('a');
    const snapshot = createSnapshot(engine.source, engine.monitor);
    await snapshot.all();
    engine.fail(new FairleadError('ENGINE_ERROR', 'out of memory'));
    a.state = 'exited';
    engine.event('container', 'die', a.id);
    await expect(snapshot.all()).rejects.toThrow('out of memory');
    await expect(snapshot.refresh(a.id)).rejects.toThrow('out of memory');
    engine.fail(undefined);
    expect((await snapshot.all())[0]?.state).toBe('exited');
    snapshot.close();
  });

  it('shows of one that cannot be read what the list tells, and of all others everything', async () => {
    const engine = world();
    const a = engine.make('a', { health: 'unhealthy' });
    engine.make('b');
    let broken = true;
    const source: ContainerSource = {
      ...engine.source,
      inspect: async (id, size) => {
        if (broken && id === a.id) throw new FairleadError('ENGINE_ERROR', 'layer does not exist');
        return await engine.source.inspect(id, size);
      },
    };
    const snapshot = createSnapshot(source, engine.monitor);
    const list = await snapshot.all();
    expect(list.map(({ name, state, health }) => [name, state, health]).sort()).toEqual([
      ['a', 'running', 'unhealthy'],
      ['b', 'running', 'none'],
    ]);
    expect(list.find(({ name }) => name === 'a')).toMatchObject({ startedAt: null, restartCount: null });
    broken = false;
    await snapshot.refreshAll();
    expect(engine.calls.at(-1)).toBe(`inspect ${a.id}`);
    snapshot.close();
  });

  it('finds by itself, now and then, what no event told of', async () => {
    const engine = world();
    const a = engine.make('a');
    const snapshot = createSnapshot(engine.source, engine.monitor, { auditEveryMs: 20 });
    await snapshot.all();
    a.health = 'healthy';
    await vi.waitFor(async () => expect((await snapshot.all())[0]?.health).toBe('healthy'));
    engine.calls.length = 0;
    await vi.waitFor(() => expect(engine.calls.length).toBeGreaterThan(2));
    // As long as nothing changes, that costs one list.
    expect(new Set(engine.calls)).toEqual(new Set(['list all']));
    snapshot.close();
  });

  it('tells of changes, once for each, and not of what stays the same', async () => {
    const engine = world();
    const a = engine.make('a');
    const snapshot = createSnapshot(engine.source, engine.monitor);
    await snapshot.all();
    let told = 0;
    const end = snapshot.onChange(() => (told += 1));
    await snapshot.refresh(a.id);
    await snapshot.refreshAll();
    expect(told).toBe(0);
    a.state = 'exited';
    await snapshot.refresh(a.id);
    expect(told).toBe(1);
    end();
    engine.drop('a');
    await snapshot.refresh(a.id);
    expect(told).toBe(1);
    expect(await snapshot.all()).toEqual([]);
    snapshot.close();
  });

  it('lists many that changed at once in one call', async () => {
    const engine = world();
    const many = Array.from({ length: 100 }, (_, index) => engine.make(`c${index}`));
    const snapshot = createSnapshot(engine.source, engine.monitor);
    await snapshot.all();
    engine.calls.length = 0;
    for (const one of many) one.state = 'exited';
    for (const { id } of many) engine.event('container', 'die', id);
    const list = await snapshot.all();
    expect(list.every(({ state }) => state === 'exited')).toBe(true);
    expect(engine.calls.filter((call) => call.startsWith('list'))).toEqual(['list all']);
    snapshot.close();
  });
});
