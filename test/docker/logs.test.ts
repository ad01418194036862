import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LogGap, LogLine } from '../../src/domain/log-line.ts';
import { engineJson, engineRequest } from '../support/engine-api.ts';
import { type TestScope, testScope } from '../support/scope.ts';
import { type TestServer, testServer } from '../support/server.ts';
import { eventsOf, jsonOf, messagesOf, take } from '../support/streams.ts';
import { engines } from '../support/testbed.ts';
import { waitFor } from '../support/wait-for.ts';

const NDJSON = { headers: { Accept: 'application/x-ndjson' } };
const SSE = { headers: { Accept: 'text/event-stream' } };

async function finished(
  scope: TestScope,
  script: string,
  body: Record<string, unknown> = {},
): Promise<string> {
  const { id } = await scope.runContainer(undefined, { Cmd: ['sh', '-c', script], ...quiet(body) });
  await engineJson(scope.socketPath, 'POST', `/containers/${id}/wait`);
  return id;
}

function quiet(body: Record<string, unknown>): Record<string, unknown> {
  return { ...body, HostConfig: { NetworkMode: 'none', ...(body.HostConfig as object | undefined) } };
}

/** Writes what a test tells it to, line by line. */
async function listener(scope: TestScope, body: Record<string, unknown> = {}): Promise<string> {
  const { id } = await scope.runContainer(undefined, {
    Cmd: ['sh', '-c', 'mkfifo /in; while :; do cat /in; done'],
    ...quiet(body),
  });
  return id;
}

async function write(scope: TestScope, id: string, ...lines: readonly string[]): Promise<void> {
  const { Id } = await engineJson<{ Id: string }>(scope.socketPath, 'POST', `/containers/${id}/exec`, {
    Cmd: [
      'sh',
      '-c',
      `until [ -p /in ]; do sleep 0.01; done; printf '%s\\n' ${lines.map((l) => `'${l}'`).join(' ')} >/in`,
    ],
  });
  await engineRequest(scope.socketPath, 'POST', `/exec/${Id}/start`, { Detach: false });
}

async function linesOf(server: TestServer, path: string): Promise<(LogLine & LogGap)[]> {
  const response = await server.call(path, NDJSON);
  expect(response.status).toBe(200);
  const lines: (LogLine & LogGap)[] = [];
  for await (const line of jsonOf<LogLine & LogGap>(response)) lines.push(line);
  return lines;
}

const texts = (lines: readonly (LogLine | LogGap)[]) =>
  lines.map((one) => ('gap' in one ? one.gap : one.line));

describe.each(engines())('logs on Engine $name', (engine) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await testServer({ engineSocket: engine.socketPath });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it('are the bytes that the container wrote, both outputs or one, the newest lines or all', async () => {
    await using scope = await testScope(engine);
    const id = await finished(
      scope,
      "echo one; sleep 0.05; echo two >&2; sleep 0.05; printf 'th\\377ree\\n'; printf end",
      // The default driver replaces what is no UTF-8 itself.
      { HostConfig: { LogConfig: { Type: 'local' } } },
    );
    const get = async (query: string) => {
      const response = await server.call(`/containers/${id}/logs${query}`);
      expect([response.status, response.headers.get('content-type')]).toEqual([
        200,
        'text/plain; charset=utf-8',
      ]);
      return Buffer.from(await response.arrayBuffer()).toString('latin1');
    };
    expect(await get('')).toBe('one\ntwo\nth\xffree\nend');
    expect(await get('?stdout=true')).toBe('one\nth\xffree\nend');
    expect(await get('?stdout=false')).toBe('two\n');
    expect(await get('?stderr=true&stdout=true&tail=2')).toBe('th\xffree\nend');
    expect(await get('?tail=0')).toBe('');
    expect(await get('?tail=1&timestamps=true')).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z end$/);
    expect(await get('?follow=true')).toBe('one\ntwo\nth\xffree\nend');
  });

  it('are lines with stream and time, long ones whole', async () => {
    await using scope = await testScope(engine);
    const id = await finished(
      scope,
      "head -c 40000 /dev/zero | tr '\\0' x; echo; sleep 0.05; echo größe >&2",
    );
    const lines = await linesOf(server, `/containers/${id}/logs`);
    expect(lines).toEqual([
      { stream: 'stdout', time: expect.stringMatching(/\.\d{9}Z$/), line: 'x'.repeat(40_000) },
      { stream: 'stderr', time: expect.any(String), line: 'größe' },
    ]);
    expect(await linesOf(server, `/containers/${id}/logs?stderr=true`)).toEqual([lines[1]]);
  });

  it('of a terminal are one stream, as text untouched', async () => {
    await using scope = await testScope(engine);
    const script =
      "printf '\\033[31mred\\033[0m\\n'; head -c 20000 /dev/zero | tr '\\0' y; echo; echo err >&2";
    const id = await finished(scope, script, { Tty: true });
    expect(await (await server.call(`/containers/${id}/logs`)).text()).toBe(
      `\u001b[31mred\u001b[0m\r\n${'y'.repeat(20_000)}\r\nerr\r\n`,
    );
    expect(texts(await linesOf(server, `/containers/${id}/logs?tail=all`))).toEqual([
      '\u001b[31mred\u001b[0m',
      'y'.repeat(20_000),
      'err',
    ]);
  });

  it('can be cut by time: as a moment, to the nanosecond, or as a duration', async () => {
    await using scope = await testScope(engine);
    const id = await finished(scope, 'for i in 1 2 3 4 5; do echo $i; sleep 0.02; done');
    const all = await linesOf(server, `/containers/${id}/logs`);
    const [, second, , fourth] = all.map(({ time }) => time);
    const range = `since=${second}&until=${fourth}`;
    expect(texts(await linesOf(server, `/containers/${id}/logs?${range}`))).toEqual(['2', '3', '4']);
    expect(await (await server.call(`/containers/${id}/logs?${range}`)).text()).toBe('2\n3\n4\n');
    expect(texts(await linesOf(server, `/containers/${id}/logs?since=10m`))).toEqual([
      '1',
      '2',
      '3',
      '4',
      '5',
    ]);
    expect(await linesOf(server, `/containers/${id}/logs?since=0s`)).toEqual([]);
    expect(texts(await linesOf(server, `/containers/${id}/logs?follow=true&${range}`))).toEqual([
      '2',
      '3',
      '4',
    ]);
  });

  it('since a time are found in a long log without reading all of it', async () => {
    await using scope = await testScope(engine);
    const id = await finished(scope, 'yes old | head -n 30000; sleep 1; echo new');
    const [newest] = await linesOf(server, `/containers/${id}/logs?tail=1`);
    expect(texts(await linesOf(server, `/containers/${id}/logs?since=${newest?.time}`))).toEqual(['new']);
    const old = await linesOf(server, `/containers/${id}/logs?since=1h`);
    expect(old.length).toBe(30_001);
  });

  it('are refused for a part that makes no sense', async () => {
    await using scope = await testScope(engine);
    const { id } = await scope.createContainer();
    const refusals: [string, number, string][] = [
      ['tail=some', 400, 'VALIDATION_FAILED'],
      ['tail=-1', 400, 'VALIDATION_FAILED'],
      ['stdout=false&stderr=false', 400, 'VALIDATION_FAILED'],
      ['since=yesterday', 400, 'VALIDATION_FAILED'],
      ['until=soon', 400, 'VALIDATION_FAILED'],
      ['tial=1', 400, 'VALIDATION_FAILED'],
      ['host=nowhere', 404, 'HOST_NOT_FOUND'],
    ];
    for (const [query, status, code] of refusals) {
      const response = await server.call(`/containers/${id}/logs?${query}`);
      expect([query, response.status, await response.json()]).toEqual([
        query,
        status,
        expect.objectContaining({ code }),
      ]);
    }
  });

  it('are refused in a type that nobody has, of a container that is none, and of a driver that keeps none', async () => {
    await using scope = await testScope(engine);
    const { id } = await scope.createContainer('none', { HostConfig: { LogConfig: { Type: 'none' } } });
    const code = async (path: string, headers = {}) => {
      const response = await server.call(path, { headers });
      return [response.status, ((await response.json()) as { code: string }).code];
    };
    const json = { Accept: 'application/json' };
    expect(await code(`/containers/${id}/logs`, json)).toEqual([406, 'NOT_ACCEPTABLE']);
    expect(await code('/containers/nobody/logs')).toEqual([404, 'CONTAINER_NOT_FOUND']);
    expect(await code(`/containers/${id}/logs`)).toEqual([501, 'ENGINE_NOT_SUPPORTED']);
    expect(await code(`/containers/${id}/logs?follow=true`, SSE.headers)).toEqual([
      501,
      'ENGINE_NOT_SUPPORTED',
    ]);
    await using socket = await messagesOf(server.socket(`/containers/${id}/logs`));
    expect(await socket.closed).toMatchObject({ code: 4501 });
  });

  it('of a container beyond the stacks of a token are not shown', async () => {
    await using scope = await testScope(engine);
    const id = await finished(scope, 'echo secret', {
      Labels: { 'com.docker.compose.project': scope.prefix },
    });
    const own = await server.makeToken({ name: 'own', role: 'viewer', stacks: [scope.prefix] });
    const other = await server.makeToken({ name: 'other', role: 'viewer', stacks: ['other'] });
    const status = async (token: string) => (await server.call(`/containers/${id}/logs`, { token })).status;
    expect([await status(own.token), await status(other.token)]).toEqual([200, 403]);
  });

  it('are followed over a WebSocket, a message a line, from the stored ones on until the container stops', async () => {
    await using scope = await testScope(engine);
    const id = await listener(scope);
    await write(scope, id, 'a', 'b', 'c');
    await using all = await messagesOf<LogLine>(server.socket(`/containers/${id}/logs`));
    await using some = await messagesOf<LogLine>(server.socket(`/containers/${id}/logs?tail=1`));
    await using none = await messagesOf<LogLine>(server.socket(`/containers/${id}/logs?tail=0`));
    await all.received(3);
    await some.received(1);
    await waitFor(
      async () => {
        await write(scope, id, 'knock');
        return none.messages.length > 0;
      },
      { what: 'the follower of new lines only' },
    );
    await write(scope, id, 'd');
    await waitFor(() => none.messages.at(-1)?.line === 'd', { what: 'the last line' });
    expect(texts(all.messages).slice(0, 4)).toEqual(['a', 'b', 'c', 'knock']);
    expect(texts(some.messages).slice(0, 2)).toEqual(['c', 'knock']);
    expect(texts(none.messages)[0]).toBe('knock');
    expect(all.messages[0]).toEqual({ stream: 'stdout', time: expect.any(String), line: 'a' });
    await engineRequest(engine.socketPath, 'POST', `/containers/${id}/kill`);
    expect(await all.closed).toEqual({ code: 1000, reason: '' });
  });

  it('are sent as they are over a WebSocket that does not follow', async () => {
    await using scope = await testScope(engine);
    const id = await finished(scope, 'echo a; echo b');
    await using socket = await messagesOf<LogLine>(
      server.socket(`/containers/${id}/logs?follow=false&tail=1`),
    );
    expect(await socket.closed).toMatchObject({ code: 1000 });
    expect(texts(socket.messages)).toEqual(['b']);
  });

  it('begin before the first line, and end with the container, when they are followed as text', async () => {
    await using scope = await testScope(engine);
    const id = await listener(scope);
    const response = await server.call(`/containers/${id}/logs?follow=true`);
    expect(response.status).toBe(200);
    await write(scope, id, 'late');
    const chunks = (response.body as ReadableStream<Uint8Array>).getReader();
    expect(Buffer.from((await chunks.read()).value ?? []).toString()).toBe('late\n');
    await engineRequest(engine.socketPath, 'POST', `/containers/${id}/kill`);
    expect(await chunks.read()).toMatchObject({ done: true });
  });

  it('go on over a restart of the container, each line once', async () => {
    await using scope = await testScope(engine);
    const { id } = await scope.runContainer(undefined, {
      Cmd: ['sh', '-c', 'echo begin; trap "echo end; exit 0" TERM; while :; do sleep 0.05; done'],
      ...quiet({}),
    });
    await using socket = await messagesOf<LogLine>(server.socket(`/containers/${id}/logs`));
    for (let run = 1; run <= 2; run += 1) {
      await socket.received(run * 2 - 1);
      await engineRequest(engine.socketPath, 'POST', `/containers/${id}/restart?t=5`);
    }
    await socket.received(5);
    await engineRequest(engine.socketPath, 'POST', `/containers/${id}/stop?t=5`);
    expect(await socket.closed).toMatchObject({ code: 1000 });
    expect(texts(socket.messages)).toEqual(['begin', 'end', 'begin', 'end', 'begin', 'end']);
  });

  it('end when the container is removed while they are followed', async () => {
    await using scope = await testScope(engine);
    const id = await listener(scope);
    await write(scope, id, 'hello');
    await using socket = await messagesOf<LogLine>(server.socket(`/containers/${id}/logs`));
    const text = await server.call(`/containers/${id}/logs?follow=true`);
    await socket.received(1);
    await engineRequest(engine.socketPath, 'DELETE', `/containers/${id}?force=1`);
    expect(await socket.closed).toMatchObject({ code: 1000 });
    expect(await text.text()).toBe('hello\n');
  });

  it('resume after the last event that a client has seen', async () => {
    await using scope = await testScope(engine);
    const id = await listener(scope);
    await write(scope, id, '1', '2', '3', '4');
    const path = `/containers/${id}/logs?follow=true`;
    const first = await take(eventsOf(await server.call(path, SSE)), 2);
    expect(first.map(({ data }) => (JSON.parse(data) as LogLine).line)).toEqual(['1', '2']);
    await write(scope, id, '5');
    const resume = { headers: { ...SSE.headers, 'Last-Event-ID': first[1]?.id ?? '' } };
    const rest = eventsOf(await server.call(path, resume));
    expect(
      (await take({ [Symbol.asyncIterator]: () => ({ next: () => rest.next() }) }, 3)).map(
        ({ data }) => JSON.parse(data).line,
      ),
    ).toEqual(['3', '4', '5']);
    await write(scope, id, '6');
    expect(JSON.parse((await rest.next()).value?.data ?? '{}')).toMatchObject({ line: '6' });
    await rest.return();
    const stored = await server.call(`/containers/${id}/logs`, resume);
    const events = [];
    for await (const event of eventsOf(stored)) events.push(event);
    expect(events.map(({ event, data }) => [event, JSON.parse(data).line])).toEqual([
      ['message', '3'],
      ['message', '4'],
      ['message', '5'],
      ['message', '6'],
      ['end', undefined],
    ]);
  });
});
