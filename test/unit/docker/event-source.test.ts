import type { ServerResponse } from 'node:http';
import { describe, expect, it, vi } from 'vitest';
import { openLink } from '../../../src/docker/connection/link.ts';
import { createMonitor } from '../../../src/docker/connection/monitor.ts';
import { createEventSource } from '../../../src/docker/system/event-source.ts';
import { startScriptedEngine } from '../../support/scripted-engine.ts';

async function source() {
  const streams: { response: ServerResponse; query: URLSearchParams }[] = [];
  const engine = await startScriptedEngine({
    onRequest: (request, response) => {
      const query = new URL(request.route, 'http://engine').searchParams;
      response.on('close', () =>
        streams.splice(
          streams.findIndex((one) => one.response === response),
          1,
        ),
      );
      response.flushHeaders();
      // The monitor's own.
      if (!query.get('filters')?.includes('health_status')) streams.push({ response, query });
    },
  });
  const link = openLink({ kind: 'unix', path: engine.socketPath });
  const monitor = createMonitor(link);
  await monitor.reachable();
  const events = createEventSource(link, monitor, () => new Date('2026-11-21T00:00:00Z'));
  return {
    events,
    streams,
    send: (action: string, count = 1) => {
      const line = `{"Type":"container","Action":"${action}","Actor":{"ID":"a"},"time":1,"timeNano":1000000001}\n`;
      for (const { response } of streams) response.write(line.repeat(count));
    },
    async [Symbol.asyncDispose]() {
      await events.close();
      await monitor.close();
      link.close();
      await engine[Symbol.asyncDispose]();
    },
  };
}

describe('the source of events', () => {
  it('opens one stream for all who want the same, and one for each who looks back', async () => {
    await using engine = await source();
    const { events, streams } = engine;
    const all = await Promise.all([
      events.events({}),
      events.events({ filters: {} }),
      events.events({ filters: { type: [] } }),
      events.events({ filters: { type: ['image', 'container'] } }),
      events.events({ filters: { type: ['container', 'image', 'image'] } }),
    ]);
    expect(streams).toHaveLength(2);
    await events.events({ since: '10m' });
    await events.events({ since: '10m' });
    expect(streams).toHaveLength(4);
    expect(streams[2]?.query.get('since')).toBe(`${Date.parse('2026-11-20T23:50:00Z') / 1000}.000000000`);
    engine.send('start');
    for (const one of all) {
      const { value } = await one[Symbol.asyncIterator]().next();
      expect(value).toMatchObject({ action: 'start', time: '1970-01-01T00:00:01.000000001Z' });
    }
  });

  it('tells a slow reader how many it has missed, and holds no other up for it', async () => {
    await using engine = await source();
    const slow = (await engine.events.events({}))[Symbol.asyncIterator]();
    const fast = (await engine.events.events({}))[Symbol.asyncIterator]();
    let read = 0;
    const reading = (async () => {
      while (read < 3000 && !(await fast.next()).done) read += 1;
    })();
    for (let round = 0; round < 30; round += 1) {
      engine.send('exec_create', 100);
      await vi.waitFor(() => expect(read).toBe((round + 1) * 100), { interval: 1 });
    }
    await reading;
    // The first was taken ahead.
    expect((await slow.next()).value).toMatchObject({ action: 'exec_create' });
    expect((await slow.next()).value).toMatchObject({ gap: { items: 3000 - 1 - 1000 } });
    expect((await slow.next()).value).toMatchObject({ action: 'exec_create' });
  });

  it('ends the stream when the last reader has left', async () => {
    await using engine = await source();
    const controllers = [new AbortController(), new AbortController()];
    for (const { signal } of controllers) await engine.events.events({}, signal);
    controllers[0]?.abort();
    expect(engine.streams).toHaveLength(1);
    controllers[1]?.abort();
    await vi.waitFor(() => expect(engine.streams).toHaveLength(0), { timeout: 3_000 });
  });

  it('tells every reader when the Engine ends the stream', async () => {
    await using engine = await source();
    const readers = await Promise.all([engine.events.events({}), engine.events.events({})]);
    for (const { response } of engine.streams) response.end();
    for (const reader of readers) {
      await expect(reader[Symbol.asyncIterator]().next()).rejects.toMatchObject({
        code: 'ENGINE_UNREACHABLE',
      });
    }
  });
});
