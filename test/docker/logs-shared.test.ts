import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LogGap, LogLine } from '../../src/domain/log-line.ts';
import { type EngineTap, tapEngine } from '../bench/engine-tap.ts';
import { engineJson, engineRequest } from '../support/engine-api.ts';
import { type TestScope, testScope } from '../support/scope.ts';
import { type TestServer, testServer } from '../support/server.ts';
import { jsonOf, messagesOf } from '../support/streams.ts';
import { engines } from '../support/testbed.ts';
import { waitFor } from '../support/wait-for.ts';

const FOLLOWED = /\/logs\?.*follow=true/;

/** Numbers as fast as a shell writes them, each followed by so many letters. */
function counter(limit: number, padding = 0): Record<string, unknown> {
  const line = `$i ${'x'.repeat(padding)}`;
  return {
    Cmd: ['sh', '-c', `i=0; while [ $i -lt ${limit} ]; do echo "${line}"; i=$((i+1)); done; sleep 600`],
    HostConfig: { NetworkMode: 'none' },
  };
}

/** Writes one more number when all others are in the log. */
async function writeLast(server: TestServer, scope: TestScope, id: string, last: number): Promise<void> {
  await waitFor(async () => (await newest(server, id)) === last - 1, {
    what: 'all numbers',
    timeoutMs: 20_000,
  });
  const { Id } = await engineJson<{ Id: string }>(scope.socketPath, 'POST', `/containers/${id}/exec`, {
    Cmd: ['sh', '-c', `echo ${last} >/proc/1/fd/1`],
  });
  await engineRequest(scope.socketPath, 'POST', `/exec/${Id}/start`, { Detach: true });
}

function numberOf(message: LogLine | LogGap | undefined): number {
  return message === undefined || 'gap' in message ? Number.NaN : Number.parseInt(message.line, 10);
}

/** Checks that numbers follow one another, gaps counted in, and says how far they go. */
function countOn(next: number | null, message: LogLine | LogGap): number {
  if ('gap' in message) {
    expect(next).not.toBeNull();
    return (next ?? 0) + message.gap.lines;
  }
  const number = numberOf(message);
  if (next !== null && number !== next) expect(number).toBe(next);
  return number + 1;
}

describe.each(engines())('followers of a log on Engine $name', (engine) => {
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

  it('share one stream of the Engine, which ends soon after the last has gone', async () => {
    await using scope = await testScope(engine);
    const { id } = await scope.runContainer(undefined, counter(10));
    const controller = new AbortController();
    const path = `/containers/${id}/logs?follow=true`;
    {
      await using a = await messagesOf<LogLine>(server.socket(path));
      await using b = await messagesOf<LogLine>(server.socket(`${path}&tail=3`));
      const json = await server.call(path, {
        headers: { Accept: 'application/x-ndjson' },
        signal: controller.signal,
      });
      await a.received(10);
      await b.received(3);
      await jsonOf(json).next();
      expect(tap.open(FOLLOWED)).toBe(1);
      controller.abort();
    }
    await waitFor(() => tap.open(FOLLOWED) === 0, { what: 'the stream to end' });
  });

  it('as text have a stream each, which ends with the client', async () => {
    await using scope = await testScope(engine);
    const { id } = await scope.runContainer(undefined, counter(10));
    const controller = new AbortController();
    await server.call(`/containers/${id}/logs?follow=true`, { signal: controller.signal });
    expect(tap.open(FOLLOWED)).toBe(1);
    controller.abort();
    await waitFor(() => tap.open(FOLLOWED) === 0, { what: 'the stream to end' });
  });

  it('see each line once while it is written at full speed, whenever they come and however much they want', async () => {
    await using scope = await testScope(engine);
    const total = 30_000;
    const { id } = await scope.runContainer(undefined, counter(total));
    const follower = async (query: string, begins: number | null): Promise<number | null> => {
      await using socket = await messagesOf<LogLine | LogGap>(
        server.socket(`/containers/${id}/logs?${query}`),
      );
      const { messages } = socket;
      await waitFor(() => numberOf(messages.at(-1)) === total, {
        what: `follower of ${query} to see the last`,
        timeoutMs: 25_000,
      });
      if (begins !== null) expect(numberOf(messages[0])).toBe(begins);
      let next: number | null = null;
      for (const message of messages) next = countOn(next, message);
      return next;
    };
    const followers: Promise<number | null>[] = [];
    for (const [query, begins] of [
      ['tail=all', 0],
      ['tail=5', null],
      ['since=1h', 0],
      ['tail=0', null],
    ] as const) {
      followers.push(follower(query, begins));
      // One after the other, while it is written.
      const written = await newest(server, id);
      await waitFor(async () => (await newest(server, id)) > Math.min(total - 2, written + 300), {
        what: 'more lines',
      });
    }
    await writeLast(server, scope, id, total);
    expect(await Promise.all(followers)).toEqual(followers.map(() => total + 1));
  });

  it('who stop reading miss lines, are told how many, and hold up neither the others nor the server', async () => {
    await using scope = await testScope(engine);
    const { id } = await scope.runContainer(undefined, counter(2_000_000, 400));
    const path = `/containers/${id}/logs?tail=0`;
    await using healthy = await messagesOf<LogLine | LogGap>(server.socket(path));
    const stalled = server.socket(path);
    let next: number | null = null;
    let gaps = 0;
    stalled.on('message', (data: Buffer) => {
      const message = JSON.parse(data.toString()) as LogLine | LogGap;
      next = countOn(next, message);
      if ('gap' in message) gaps += 1;
    });
    await once(stalled, 'open');
    await waitFor(() => next !== null, { what: 'the first lines' });
    stalled.pause();
    const before = healthy.messages.length;
    await healthy.received(before + 50_000, 25_000);
    const frozen = next;
    stalled.resume();
    await waitFor(() => gaps > 0 && (next ?? 0) > (frozen ?? 0) + 20_000, {
      what: 'the gap',
      timeoutMs: 20_000,
    });
    await engineRequest(engine.socketPath, 'POST', `/containers/${id}/kill`);
    stalled.terminate();
    expect(gaps).toBeGreaterThan(0);
  });
});

/** The newest number in the log. */
async function newest(server: TestServer, id: string): Promise<number> {
  return Number.parseInt(await (await server.call(`/containers/${id}/logs?tail=1`)).text(), 10);
}
