import { getEventListeners, setMaxListeners } from 'node:events';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { dialerFor } from '../../../src/docker/connection/agent.ts';
import { unlessDone } from '../../../src/docker/connection/guard.ts';
import { type EngineLink, openLink } from '../../../src/docker/connection/link.ts';
import {
  type Script,
  type ScriptedEngineOptions,
  startScriptedEngine,
} from '../../support/scripted-engine.ts';

const links: EngineLink[] = [];
afterEach(() => {
  for (const link of links.splice(0)) link.close();
});

async function scripted(onRequest: Script, options: Partial<ScriptedEngineOptions> = {}) {
  const engine = await startScriptedEngine({ onRequest, ...options });
  const link = openLink({ kind: 'unix', path: engine.socketPath });
  links.push(link);
  return { engine, link };
}

const json: Script = (_, response) =>
  response.setHeader('Content-Type', 'application/json').end('{"ok":true}');
const web = { type: 'container', ref: 'web' } as const;
const inspectWeb = (link: EngineLink, options: { signal?: AbortSignal; deadlineMs?: number | null } = {}) =>
  link.call(web, (docker, abortSignal) => docker.getContainer('web').inspect({ abortSignal }), options);

describe('a JSON call', () => {
  it('goes to the API version that both sides speak', async () => {
    const { engine, link } = await scripted(json, { apiVersion: '1.41' });
    await using _ = engine;
    await inspectWeb(link);
    expect(engine.requests).toEqual(['HEAD /_ping', 'GET /v1.41/containers/web/json']);
  });

  it('speaks its own newest version to an Engine that is newer', async () => {
    const { engine, link } = await scripted(json, { apiVersion: '1.99' });
    await using _ = engine;
    await inspectWeb(link);
    expect(engine.requests.at(-1)).toBe('GET /v1.45/containers/web/json');
    expect((await link.greeting()).apiVersion).toBe('1.99');
  });

  it('refuses an Engine that is too old, by name', async () => {
    const { engine, link } = await scripted(json, { apiVersion: '1.24' });
    await using _ = engine;
    await expect(inspectWeb(link)).rejects.toMatchObject({
      code: 'ENGINE_NOT_SUPPORTED',
      message: expect.stringContaining('1.24'),
    });
  });

  it('asks for the version once for many calls, and again after it was told to forget it', async () => {
    const { engine, link } = await scripted(json);
    await using _ = engine;
    await Promise.all([inspectWeb(link), inspectWeb(link), link.greeting()]);
    expect(engine.requests.filter((line) => line.endsWith('/_ping'))).toHaveLength(1);
    link.forget();
    await inspectWeb(link);
    expect(engine.requests.filter((line) => line.endsWith('/_ping'))).toHaveLength(2);
  });

  it('settles when the answer is cut in its middle, which dockerode by itself never does', async () => {
    const { engine, link } = await scripted((_, response) => {
      response.setHeader('Content-Length', 1000);
      response.write('{"half":');
      setImmediate(() => response.destroy());
    });
    await using _ = engine;
    await expect(inspectWeb(link, { deadlineMs: 200 })).rejects.toMatchObject({ code: 'ENGINE_TIMEOUT' });
  });

  it('ends by its deadline when the Engine does not answer, and drops the connection', async () => {
    const { engine, link } = await scripted(() => undefined);
    await using _ = engine;
    await expect(inspectWeb(link, { deadlineMs: 50 })).rejects.toMatchObject({ code: 'ENGINE_TIMEOUT' });
    await vi.waitFor(() => expect(engine.open).toBeLessThanOrEqual(1));
  });

  it('ends by its deadline, as a rejection that is heard, when already the first ping hangs', async () => {
    const { engine, link } = await scripted(json, { onPing: () => undefined });
    await using _ = engine;
    await expect(inspectWeb(link, { deadlineMs: 50 })).rejects.toMatchObject({ code: 'ENGINE_TIMEOUT' });
  });

  it("throws the signal's own reason when the caller gives up, before, during the ping and during the call", async () => {
    const reason = new Error('the viewer left');
    const { engine, link } = await scripted(() => undefined);
    await using _ = engine;
    await expect(inspectWeb(link, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const during = new AbortController();
    const call = inspectWeb(link, { signal: during.signal });
    await vi.waitFor(() => expect(engine.requests).toContain('GET /v1.45/containers/web/json'));
    during.abort(reason);
    await expect(call).rejects.toBe(reason);
    expect(getEventListeners(during.signal, 'abort')).toHaveLength(0);

    const silent = await scripted(json, { onPing: () => undefined });
    await using __ = silent.engine;
    const early = new AbortController();
    const pinging = inspectWeb(silent.link, { signal: early.signal });
    setImmediate(() => early.abort(reason));
    await expect(pinging).rejects.toBe(reason);
  });

  it('can be made again with the same signal, and leaves no listener on it', async () => {
    const { engine, link } = await scripted(json);
    await using _ = engine;
    const { signal } = new AbortController();
    for (let round = 0; round < 30; round += 1) await inspectWeb(link, { signal });
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  it('keeps its connection for the next one', async () => {
    const { engine, link } = await scripted(json);
    await using _ = engine;
    for (let round = 0; round < 20; round += 1) await inspectWeb(link);
    expect(engine.connections).toBeLessThanOrEqual(2);
  });

  it("passes on the Engine's message, whatever form its refusal has", async () => {
    const refusals: [number, string, string, string][] = [
      [500, 'application/json', '{"message":"no space left on device"}', 'no space left on device'],
      [502, 'text/html', '<h1>Bad Gateway</h1>', '<h1>Bad Gateway</h1>'],
      [503, 'text/plain', '', 'The Engine answered 503.'],
      [418, 'application/json', '["teapot"]', 'teapot'],
    ];
    for (const [status, type, body, message] of refusals) {
      const { engine, link } = await scripted((_, response) =>
        response.writeHead(status, { 'Content-Type': type }).end(body),
      );
      await using _ = engine;
      const code = status >= 500 ? 'ENGINE_ERROR' : 'ENGINE_REJECTED';
      await expect(inspectWeb(link)).rejects.toMatchObject({ code, message });
    }
  });

  it('takes 304 for done instead of for a failure', async () => {
    const { engine, link } = await scripted((_, response) => response.writeHead(304).end());
    await using _ = engine;
    const start = () =>
      link.call(web, (docker, abortSignal) => unlessDone(docker.getContainer('web').start({ abortSignal })));
    expect(await start()).toBe(false);
  });

  it('tells by its code what kept it from reaching the Engine', async () => {
    const link = openLink({ kind: 'unix', path: '/nowhere/engine.sock' });
    links.push(link);
    await expect(inspectWeb(link)).rejects.toMatchObject({
      code: 'ENGINE_UNREACHABLE',
      message: expect.stringContaining('unix:///nowhere/engine.sock cannot be reached: connect ENOENT'),
    });
  });

  it('never goes to the Engine that the environment names, nor by its keys, prefix or patience', async () => {
    vi.stubEnv('DOCKER_HOST', 'tcp://127.0.0.1:1');
    vi.stubEnv('DOCKER_TLS_VERIFY', '1');
    vi.stubEnv('DOCKER_PATH_PREFIX', '/elsewhere');
    vi.stubEnv('DOCKER_CLIENT_TIMEOUT', '1');
    const { engine, link } = await scripted((_, response) => setTimeout(() => response.end('{}'), 50));
    await using _ = engine;
    await inspectWeb(link);
    expect(engine.requests).toEqual(['HEAD /_ping', 'GET /v1.45/containers/web/json']);
  });
});

describe('the agent', () => {
  it('prints as one word however many sockets it has, because dockerode prints it on every call', async () => {
    const { engine, link } = await scripted(json);
    await using _ = engine;
    await inspectWeb(link);
    const dialer = dialerFor({ kind: 'unix', path: engine.socketPath });
    for (const one of [dialer, dialerFor({ kind: 'tls', host: 'a', port: 1, tls: {} })]) {
      expect(inspect({ agent: one.agent }, { showHidden: true, depth: null })).toBe('{ agent: Agent }');
    }
  });

  it('costs no more when hundreds of its sockets are busy', async () => {
    const { engine, link } = await scripted((request, response) => {
      if (request.route.includes('stats')) response.write('{}');
      else response.end('{}');
    });
    await using _ = engine;
    const streams = new AbortController();
    setMaxListeners(0, streams.signal);
    for (let index = 0; index < 200; index += 1) {
      await link.transport.open({ method: 'GET', path: '/x/stats', subject: web, signal: streams.signal });
    }
    const start = process.cpuUsage();
    for (let round = 0; round < 50; round += 1) await inspectWeb(link);
    const { user, system } = process.cpuUsage(start);
    streams.abort();
    // Printing 200 sockets takes tens of milliseconds for each call.
    expect((user + system) / 50).toBeLessThan(10_000);
  });
});
