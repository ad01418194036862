import { expect, it } from 'vitest';
import { engineJson, engineRequest } from '../support/engine-api.ts';
import { type PrivateEngine, startPrivateEngine } from '../support/private-engine.ts';
import { type TestServer, testServer } from '../support/server.ts';
import { eventsOf, jsonOf, messagesOf, type ServerSentEvent } from '../support/streams.ts';
import { waitFor } from '../support/wait-for.ts';

const SSE = { headers: { Accept: 'text/event-stream' } };
const NDJSON = { headers: { Accept: 'application/x-ndjson' } };

async function ticking(engine: PrivateEngine): Promise<string> {
  const { Id } = await engineJson<{ Id: string }>(
    engine.socketPath,
    'POST',
    '/containers/create?name=ticking',
    {
      Image: 'busybox:latest',
      Cmd: ['sh', '-c', 'trap "exit 0" TERM; i=0; while :; do echo $i; i=$((i+1)); sleep 0.1; done'],
      HostConfig: { NetworkMode: 'none' },
    },
  );
  await engineRequest(engine.socketPath, 'POST', `/containers/${Id}/start`);
  return Id;
}

/** One of each stream, all of which have begun. */
async function openAll(server: TestServer) {
  const paths = ['/containers/ticking/logs?tail=1', '/containers/ticking/stats', '/stats', '/events'];
  const sockets = await Promise.all(paths.map((path) => messagesOf<object>(server.socket(path))));
  const sse = eventsOf(await server.call('/containers/ticking/logs?follow=true&tail=1', SSE));
  const ndjson = jsonOf<{ error?: { code: string } }>(await server.call('/stats', NDJSON));
  const text = await server.call('/containers/ticking/logs?follow=true&tail=1');
  await Promise.all([...sockets.slice(0, 3).map((socket) => socket.received(1)), sse.next(), ndjson.next()]);
  return { sockets, sse, ndjson, text };
}

async function last<T>(items: AsyncIterable<T>): Promise<T | undefined> {
  let newest: T | undefined;
  for await (const item of items) newest = item;
  return newest;
}

const problem = (event: ServerSentEvent | undefined) => [
  event?.event,
  (JSON.parse(event?.data ?? '{}') as { code?: string }).code,
];

it.each([
  ['is stopped', 'stop', 2_000],
  ['is killed', 'kill', 1_000],
  ['hangs', 'freeze', 8_000],
] as const)(
  'every stream is told at once when the Engine %s, and the server serves on when it is back',
  async (_, how, withinMs) => {
    await using engine = await startPrivateEngine({ liveRestore: how === 'kill' });
    await using server = await testServer({ engineSocket: engine.socketPath });
    await ticking(engine);
    const streams = await openAll(server);

    const began = performance.now();
    const lost =
      how === 'stop' ? engine.stop() : how === 'kill' ? engine.kill() : Promise.resolve(engine.freeze());
    for (const { closed } of streams.sockets) {
      expect(await closed).toEqual({ code: 4502, reason: expect.stringMatching(/^ENGINE_UNREACHABLE: /) });
    }
    expect(problem(await last(streams.sse))).toEqual(['error', 'ENGINE_UNREACHABLE']);
    expect((await last(streams.ndjson))?.error?.code).toBe('ENGINE_UNREACHABLE');
    await expect(streams.text.text()).rejects.toThrow();
    expect(performance.now() - began).toBeLessThan(withinMs);

    for (const path of ['/containers/ticking/logs', '/containers/ticking/stats', '/stats', '/events']) {
      const response = await server.call(path);
      const { code } = (await response.json()) as { code: string };
      expect([path, response.status, code]).toEqual([path, 502, 'ENGINE_UNREACHABLE']);
    }

    await lost;
    if (how === 'freeze') engine.thaw();
    else await engine.start();
    await waitFor(async () => (await server.call('/version')).status === 200, {
      what: 'the Engine to be back',
      timeoutMs: 20_000,
    });
    await engineRequest(engine.socketPath, 'POST', '/containers/ticking/start');
    const again = await openAll(server);
    expect(again.sockets[0]?.messages[0]).toMatchObject({ line: expect.stringMatching(/^\d+$/) });
    for (const socket of again.sockets) await socket[Symbol.asyncDispose]();
    await Promise.all([again.sse.return(), again.ndjson.return(), again.text.body?.cancel()]);
  },
  90_000,
);

it('a shutdown of the server ends streams in their own way', async () => {
  await using engine = await startPrivateEngine();
  const server = await testServer({ engineSocket: engine.socketPath });
  await ticking(engine);
  const { sockets, sse, ndjson, text } = await openAll(server);
  const began = performance.now();
  const down = server[Symbol.asyncDispose]();
  for (const { closed } of sockets) expect(await closed).toMatchObject({ code: 1001 });
  expect(problem(await last(sse))).toEqual(['error', 'SHUTTING_DOWN']);
  expect((await last(ndjson))?.error?.code).toBe('SHUTTING_DOWN');
  expect(await text.text()).toMatch(/^(\d+\n)+$/);
  await down;
  expect(performance.now() - began).toBeLessThan(5_000);
});
