import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type EngineLink, openLink } from '../../../src/docker/connection/link.ts';
import {
  createMonitor,
  type EngineMonitor,
  type MonitorOptions,
} from '../../../src/docker/connection/monitor.ts';
import { watchedLink } from '../../../src/docker/connection/watched-link.ts';
import type { EngineEvent } from '../../../src/domain/engine-event.ts';
import type { EngineState } from '../../../src/domain/engine-state.ts';
import { type Script, startScriptedEngine } from '../../support/scripted-engine.ts';
import { waitFor } from '../../support/wait-for.ts';

const open: { link: EngineLink; monitor: EngineMonitor }[] = [];
afterEach(async () => {
  for (const { link, monitor } of open.splice(0)) {
    await monitor.close();
    link.close();
  }
});

const QUICK: MonitorOptions = { pingEveryMs: 20, backoff: () => 10 };

/** An Engine whose streams of events the test writes to, one after the other. */
async function watched(options: MonitorOptions = QUICK, other?: Script) {
  const streams: ServerResponse[] = [];
  let pings: 'answered' | 'refused' | 'silent' = 'answered';
  const engine = await startScriptedEngine({
    onRequest: (request, response) => {
      if (!request.route.startsWith('/events')) {
        other?.(request, response);
        return;
      }
      response.flushHeaders();
      streams.push(response);
    },
    onPing: (response) => {
      if (pings === 'answered') response.writeHead(200, { 'Api-Version': '1.45' }).end();
      if (pings === 'refused') response.writeHead(500).end();
    },
  });
  const link = openLink({ kind: 'unix', path: engine.socketPath });
  const monitor = createMonitor(link, options);
  open.push({ link, monitor });
  const log: string[] = [];
  monitor.onLost(({ code }) => log.push(`lost ${code}`));
  monitor.onBack(() => log.push('back'));
  return {
    engine,
    link,
    monitor,
    log,
    streams,
    answerPings: (how: typeof pings) => {
      pings = how;
    },
    stream: () => {
      const last = streams.at(-1);
      if (last === undefined) throw new Error('no stream of events is open');
      return last;
    },
    logged: (count: number) =>
      waitFor(() => log.length >= count, { what: `${count} changes`, intervalMs: 2 }),
  };
}

describe('the monitor of an Engine', () => {
  it('is connecting, then connected, and tells so to all who watch, the late ones too', async () => {
    const { engine, monitor, log } = await watched();
    await using _ = engine;
    expect(monitor.state()).toBe('connecting');
    const early = monitor.watch();
    expect((await early.next()).value).toBe('connecting');
    await monitor.reachable();
    expect(monitor.state()).toBe('connected');
    expect((await early.next()).value).toBe('connected');
    expect((await monitor.watch().next()).value).toBe('connected');
    expect(monitor.failure()).toBeNull();
    expect(log).toEqual(['back']);
  });

  it('asks for the events that lists need, and for none of execs, which would push all others out', async () => {
    const { engine, monitor } = await watched();
    await using _ = engine;
    await monitor.reachable();
    const path = engine.requests.find((line) => line.includes('/events')) ?? '';
    const query = new URL(path.replace('GET ', ''), 'http://engine').searchParams;
    const filters = JSON.parse(query.get('filters') ?? '{}') as { event: string[]; type: string[] };
    expect(filters.type).toEqual(['container', 'network', 'image']);
    expect(filters.event).toEqual(
      expect.arrayContaining(['create', 'die', 'destroy', 'rename', 'health_status']),
    );
    expect(filters.event.filter((name) => name.startsWith('exec'))).toEqual([]);
    expect(query.has('since')).toBe(false);
  });

  it('hands on each event, its time to the nanosecond', async () => {
    const { engine, monitor, stream } = await watched();
    await using _ = engine;
    const events: EngineEvent[] = [];
    monitor.onEvent((event) => events.push(event));
    await monitor.reachable();
    const text = `{"Type":"container","Action":"start","Actor":{"ID":"abc","Attributes":{"name":"größe"}},"scope":"local","time":1795229334,"timeNano":1795229334848046831}\n`;
    const bytes = Buffer.from(text.repeat(2));
    for (let index = 0; index < bytes.byteLength; index += 7)
      stream().write(bytes.subarray(index, index + 7));
    await waitFor(() => events.length === 2, { what: 'both events' });
    expect(events[1]).toEqual({
      time: '2026-11-21T02:48:54.848046831Z',
      timeNano: '1795229334848046831',
      type: 'container',
      action: 'start',
      actor: { id: 'abc', attributes: { name: 'größe' } },
      scope: 'local',
    });
  });

  it.each([
    ['ends in good order', (stream: ServerResponse) => void stream.end()],
    ['breaks', (stream: ServerResponse) => void stream.destroy()],
    ['turns into something else', (stream: ServerResponse) => void stream.write('<html>\n')],
  ])('finds the Engine lost when its stream %s, and comes back by itself', async (_what, breaks) => {
    const { engine, monitor, log, logged, stream } = await watched();
    await using _ = engine;
    await monitor.reachable();
    breaks(stream());
    await logged(3);
    expect(log[0]).toBe('back');
    expect(log[1]).toMatch(/^lost ENGINE_/);
    expect(log[2]).toBe('back');
    expect(monitor.state()).toBe('connected');
  });

  it('finds the Engine lost when it no longer answers pings, though its stream is open', async () => {
    const { engine, monitor, log, logged, answerPings } = await watched();
    await using _ = engine;
    await monitor.reachable();
    answerPings('refused');
    await logged(2);
    await expect(monitor.reachable()).rejects.toMatchObject({ code: 'ENGINE_UNREACHABLE' });
    answerPings('answered');
    await monitor.reachable();
    expect(log.at(-1)).toBe('back');
  });

  it('asks for the version anew after a loss: what comes back may be another Engine', async () => {
    const { engine, monitor, logged, stream } = await watched();
    await using _ = engine;
    await monitor.reachable();
    const pings = () => engine.requests.filter((line) => line === 'HEAD /_ping').length;
    const before = pings();
    stream().destroy();
    await logged(3);
    expect(pings()).toBeGreaterThan(before);
  });

  it('looks at once when something is suspicious', async () => {
    const { engine, monitor, logged, answerPings } = await watched({ ...QUICK, pingEveryMs: 60_000 });
    await using _ = engine;
    await monitor.reachable();
    answerPings('refused');
    monitor.suspect();
    await logged(2);
    expect(monitor.state()).toBe('lost');
  });

  it('watches for signs only while it is connected', async () => {
    let watching = 0;
    let sign: () => void = () => undefined;
    const { engine, monitor, logged, answerPings } = await watched({
      ...QUICK,
      pingEveryMs: 60_000,
      watchSigns: (onSign) => {
        watching += 1;
        sign = onSign;
        return () => {
          watching -= 1;
        };
      },
    });
    await using _ = engine;
    await monitor.reachable();
    expect(watching).toBe(1);
    answerPings('refused');
    sign();
    await logged(2);
    expect(watching).toBe(0);
    answerPings('answered');
    await monitor.reachable();
    expect(watching).toBe(1);
    await monitor.close();
    expect(watching).toBe(0);
  });

  it('waits longer with each failure, and anew from the beginning after a success', async () => {
    const asked: number[] = [];
    const backoff = (attempt: number) => {
      asked.push(attempt);
      return 1;
    };
    const { engine, monitor, logged, stream, answerPings } = await watched({ pingEveryMs: 60_000, backoff });
    await using _ = engine;
    await monitor.reachable();
    answerPings('refused');
    stream().destroy();
    await waitFor(() => asked.length >= 4, { what: 'some attempts', intervalMs: 1 });
    expect(asked.slice(0, 4)).toEqual([1, 2, 3, 4]);
    answerPings('answered');
    await logged(3);
    asked.length = 0;
    stream().destroy();
    await logged(4);
    expect(asked[0]).toBe(1);
  });

  it('ends everything when it is closed, also in the middle of an attempt', async () => {
    const { engine, monitor, link, answerPings } = await watched();
    await using _ = engine;
    answerPings('silent');
    const states: EngineState[] = [];
    const watching = (async () => {
      for await (const state of monitor.watch()) states.push(state);
    })();
    await monitor.close();
    await watching;
    await expect(monitor.reachable()).rejects.toMatchObject({ code: 'ENGINE_UNREACHABLE' });
    link.close();
    await vi.waitFor(() => expect(engine.open).toBe(0));
  });
});

describe('a link that is watched', () => {
  const web = { type: 'container', ref: 'web' } as const;

  it('fails what waits for an answer as soon as the Engine is found lost', async () => {
    const { engine, monitor, link, streams } = await watched(QUICK, () => undefined);
    await using _ = engine;
    const safe = watchedLink(link, monitor);
    await monitor.reachable();
    const calls = [
      safe.call(web, (docker) => docker.getContainer('web').inspect(), { deadlineMs: null }),
      safe.transport.open({ method: 'GET', path: '/slow', subject: web, deadlineMs: null }),
    ];
    await waitFor(() => engine.requests.filter((line) => !/events|ping/.test(line)).length === 2, {
      what: 'both calls to be under way',
    });
    const outcomes = Promise.allSettled(calls);
    for (const stream of streams) stream.destroy();
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'ENGINE_UNREACHABLE' } });
    }
  });

  it('leaves a stream alone that has begun', async () => {
    const { engine, monitor, link, stream, logged } = await watched(QUICK, (_, response) => {
      response.write('one');
      setTimeout(() => response.end('two'), 100);
    });
    await using _ = engine;
    const safe = watchedLink(link, monitor);
    const { body } = await safe.transport.open({ method: 'GET', path: '/stream', subject: web });
    stream().destroy();
    await logged(2);
    let text = '';
    for await (const chunk of body) text += chunk;
    expect(text).toBe('onetwo');
  });

  it('ends a stream that has begun when the caller gives up', async () => {
    const { engine, monitor, link } = await watched(QUICK, (_, response) => void response.write('one'));
    await using _ = engine;
    const safe = watchedLink(link, monitor);
    const { signal, abort } = ((controller) => ({
      signal: controller.signal,
      abort: () => controller.abort(),
    }))(new AbortController());
    const { body } = await safe.transport.open({ method: 'GET', path: '/stream', subject: web, signal });
    abort();
    await vi.waitFor(() => expect(body.destroyed).toBe(true));
  });

  it('makes the monitor look when a call cannot reach the Engine', async () => {
    const { engine, monitor, link, logged, answerPings } = await watched(
      { ...QUICK, pingEveryMs: 60_000 },
      (_, response) => void response.destroy(),
    );
    await using _ = engine;
    const safe = watchedLink(link, monitor);
    await monitor.reachable();
    answerPings('refused');
    const call = safe.call(web, (docker) => docker.getContainer('web').inspect());
    await expect(call).rejects.toMatchObject({ code: 'ENGINE_UNREACHABLE' });
    await logged(2);
  });
});
