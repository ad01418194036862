import { getEventListeners } from 'node:events';
import { Readable } from 'node:stream';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { bodyBytes, bodyJson } from '../../../src/docker/connection/body.ts';
import { type EngineLink, openLink } from '../../../src/docker/connection/link.ts';
import type { EngineRequest } from '../../../src/docker/connection/transport.ts';
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
  return { engine, link, transport: link.transport };
}

const subject = { type: 'container', ref: 'web' } as const;
const get: EngineRequest = { method: 'GET', path: '/thing', subject };
const put: EngineRequest = { method: 'PUT', path: '/archive', subject };

async function readAll(request: NodeJS.ReadableStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

describe('an open answer', () => {
  it('sends the query encoded and leaves out what is undefined', async () => {
    const { engine, transport } = await scripted((_, response) => response.end());
    await using _ = engine;
    await transport.open({ ...get, query: { path: '/a b&c=ü', all: true, since: undefined } });
    expect(engine.requests.at(-1)).toBe('GET /v1.45/thing?path=%2Fa+b%26c%3D%C3%BC&all=true');
  });

  it('streams, and says so when it is cut off', async () => {
    const { engine, link } = await scripted((_, response) => {
      response.write('one');
      setTimeout(() => response.destroy(), 20);
    });
    await using _ = engine;
    const bytes = bodyBytes(await link.transport.open(get), { where: link.where });
    expect((await bytes.next()).value?.toString()).toBe('one');
    await expect(bytes.next()).rejects.toMatchObject({ code: 'ENGINE_UNREACHABLE' });
  });

  it('ends at the Engine when its reader leaves the loop, and when it is let go of unread', async () => {
    let closed = 0;
    const { engine, link } = await scripted((_, response) => {
      response.on('close', () => (closed += 1));
      response.write('one');
    });
    await using _ = engine;
    for await (const _chunk of bodyBytes(await link.transport.open(get), link)) break;
    await vi.waitFor(() => expect(closed).toBe(1));
    await bodyBytes(await link.transport.open(get), link).return();
    await vi.waitFor(() => expect(closed).toBe(2));
  });

  it("ends at the Engine when the signal aborts, and throws the signal's reason to its reader", async () => {
    let closed = false;
    const { engine, link } = await scripted((_, response) => {
      response.on('close', () => (closed = true));
      response.write('one');
    });
    await using _ = engine;
    const reason = new Error('enough');
    const controller = new AbortController();
    const { signal } = controller;
    const bytes = bodyBytes(await link.transport.open({ ...get, signal }), { where: link.where, signal });
    await bytes.next();
    controller.abort(reason);
    await expect(bytes.next()).rejects.toBe(reason);
    await vi.waitFor(() => expect(closed).toBe(true));
  });

  it('reads JSON, and says what came where it is none', async () => {
    const { engine, link } = await scripted((request, response) =>
      response.end(request.route === '/thing' ? '{"a":1}' : 'oops'),
    );
    await using _ = engine;
    expect(await bodyJson(await link.transport.open(get), link)).toEqual({ a: 1 });
    await expect(bodyJson(await link.transport.open(put), link)).rejects.toMatchObject({
      code: 'ENGINE_ERROR',
      message: expect.stringContaining('oops'),
    });
  });

  it('keeps its connection for the next call once it was read', async () => {
    const { engine, link } = await scripted((_, response) => response.end('{}'));
    await using _ = engine;
    for (let round = 0; round < 20; round += 1) await bodyJson(await link.transport.open(get), link);
    // One for the ping, whose connection may not be free yet, and one for all others.
    expect(engine.connections).toBeLessThanOrEqual(2);
  });

  it('waits no longer than its deadline, and for ever without one', async () => {
    const { engine, transport } = await scripted((request, response) => {
      if (request.route === '/slow') setTimeout(() => response.end(), 150);
    });
    await using _ = engine;
    await expect(transport.open({ ...get, deadlineMs: 50 })).rejects.toMatchObject({
      code: 'ENGINE_TIMEOUT',
    });
    expect((await transport.open({ ...get, path: '/slow', deadlineMs: null })).status).toBe(200);
  });

  it('may be read for longer than the deadline of its headers', async () => {
    const { engine, link } = await scripted((_, response) => {
      response.write('a');
      setTimeout(() => response.end('b'), 150);
    });
    await using _ = engine;
    const response = await link.transport.open({ ...get, deadlineMs: 50 });
    expect((await readAll(response.body)).toString()).toBe('ab');
  });

  it('does not end the process when nobody reads it and it breaks', async () => {
    const { engine, transport } = await scripted((_, response) => {
      response.write('one');
      setTimeout(() => response.destroy(), 5);
    });
    await using _ = engine;
    const { body } = await transport.open(get);
    await new Promise((resolve) => body.once('close', resolve));
    expect(body.errored).toMatchObject({ code: 'ECONNRESET' });
  });

  it('tells a refusal whose text is cut off by its status', async () => {
    const { engine, transport } = await scripted((_, response) => {
      response.writeHead(404, { 'Content-Length': 100 });
      response.write('{"mess');
      setImmediate(() => response.destroy());
    });
    await using _ = engine;
    await expect(transport.open(get)).rejects.toMatchObject({ code: 'CONTAINER_NOT_FOUND' });
  });

  it('reads no more than it needs of a refusal without an end', async () => {
    const { engine, transport } = await scripted((_, response) => {
      response.writeHead(500);
      Readable.from(
        (function* () {
          for (;;) yield 'x'.repeat(64 * 1024);
        })(),
      ).pipe(response);
    });
    await using _ = engine;
    await expect(transport.open(get)).rejects.toMatchObject({ code: 'ENGINE_ERROR' });
  });
});

describe('an upload', () => {
  it('sends what it is given, in full and as it is', async () => {
    const bodies: Buffer[] = [];
    const { engine, transport } = await scripted(async (request, response) => {
      bodies.push(await readAll(request));
      response.end();
    });
    await using _ = engine;
    const bytes = Buffer.from([0, 255, 1, 254]);
    await transport.open({ ...put, body: bytes });
    await transport.open({ ...put, body: Readable.from([bytes, bytes]) });
    await transport.open({ ...put, json: { a: 'ü' } });
    expect(bodies).toEqual([bytes, Buffer.concat([bytes, bytes]), Buffer.from('{"a":"ü"}')]);
  });

  it('reads nothing of its source when the Engine refuses at once, and tells the refusal', async () => {
    const { engine, transport } = await scripted((_, response) => response.end(), {
      onExpect: (_, response) => response.writeHead(404).end('{"message":"No such container: web"}'),
    });
    await using _ = engine;
    let read = 0;
    const body = new Readable({
      read() {
        read += 1;
        this.push(Buffer.alloc(64 * 1024));
      },
    });
    await expect(transport.open({ ...put, body })).rejects.toMatchObject({
      code: 'CONTAINER_NOT_FOUND',
      message: 'No such container: web',
    });
    expect(read).toBe(0);
    expect(body.destroyed).toBe(true);
  });

  it('tells a refusal that comes in its middle, and stops reading', async () => {
    const { engine, transport } = await scripted((request, response) => {
      request.once('data', () => response.writeHead(500).end('{"message":"disk is full"}'));
    });
    await using _ = engine;
    let read = 0;
    const body = new Readable({
      read() {
        read += 64 * 1024;
        setImmediate(() => this.push(Buffer.alloc(64 * 1024)));
      },
    });
    await expect(transport.open({ ...put, body })).rejects.toMatchObject({ message: 'disk is full' });
    expect(read).toBeLessThan(8 * 1024 * 1024);
    await vi.waitFor(() => expect(body.destroyed).toBe(true));
  });

  it('goes ahead after a moment when something between does not know Expect', async () => {
    let received: Buffer | undefined;
    const { engine, transport } = await scripted((_, response) => response.end(), {
      onExpect: async (request, response) => {
        received = await readAll(request);
        response.end();
      },
    });
    await using _ = engine;
    await transport.open({ ...put, body: Readable.from([Buffer.from('tar')]) });
    expect(received?.toString()).toBe('tar');
  });

  it("throws its source's failure, not the Engine's", async () => {
    const { engine, transport } = await scripted(async (request, response) => {
      await readAll(request).catch(() => undefined);
      response.end();
    });
    await using _ = engine;
    const broken = new Error('the client went away');
    let step = 0;
    const body = new Readable({
      read() {
        step += 1;
        if (step < 3) this.push(Buffer.alloc(10));
        else this.destroy(broken);
      },
    });
    await expect(transport.open({ ...put, body })).rejects.toBe(broken);
    const early = new Readable({ read: () => undefined });
    setTimeout(() => early.destroy(), 20);
    await expect(transport.open({ ...put, body: early })).rejects.toThrow('closed before its end');
  });

  it('has as long as its source takes: the deadline counts from its end', async () => {
    const { engine, transport } = await scripted(async (request, response) => {
      await readAll(request);
      response.end();
    });
    await using _ = engine;
    async function* slow() {
      for (let piece = 0; piece < 5; piece += 1) {
        await new Promise((resolve) => setTimeout(resolve, 40));
        yield Buffer.from('x');
      }
    }
    const response = await transport.open({ ...put, body: Readable.from(slow()), deadlineMs: 150 });
    expect(response.status).toBe(200);
  });

  it('is read no faster than the Engine takes it', async () => {
    const { engine, transport } = await scripted(() => undefined, {
      onExpect: (_, response) => response.writeContinue(),
    });
    await using _ = engine;
    let read = 0;
    const body = new Readable({
      read() {
        read += 64 * 1024;
        this.push(Buffer.alloc(64 * 1024));
      },
    });
    const controller = new AbortController();
    const upload = transport.open({ ...put, body, signal: controller.signal });
    await new Promise((resolve) => setTimeout(resolve, 200));
    controller.abort();
    await expect(upload).rejects.toMatchObject({ name: 'AbortError' });
    expect(read).toBeLessThan(4 * 1024 * 1024);
    expect(body.destroyed).toBe(true);
  });
});

describe('a connection that is handed over', () => {
  const upgrade = 'HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n';
  const post: EngineRequest = {
    method: 'POST',
    path: '/exec/x/start',
    subject: { type: 'exec', ref: 'x' },
    json: {},
  };

  it('carries bytes both ways from the first, also those that came with the headers', async () => {
    const { engine, transport } = await scripted(() => undefined, {
      onUpgrade: (_, socket) => {
        socket.write(`${upgrade}early`);
        socket.pipe(socket);
      },
    });
    await using _ = engine;
    const { socket } = await transport.hijack(post);
    socket.write(' late');
    let text = '';
    for await (const chunk of socket) {
      text += chunk;
      if (text === 'early late') break;
    }
    expect(text).toBe('early late');
  });

  it('is half-closed by end()', async () => {
    const { engine, transport } = await scripted(() => undefined, {
      onUpgrade: (_, socket) => {
        socket.write(upgrade);
        socket.on('end', () => socket.end('all of it'));
        socket.resume();
      },
    });
    await using _ = engine;
    const { socket } = await transport.hijack(post);
    socket.end('input');
    expect((await readAll(socket)).toString()).toBe('all of it');
  });

  it('is dropped when its signal aborts, which Node by itself does not do', async () => {
    const { engine, transport } = await scripted(() => undefined, {
      onUpgrade: (_, socket) => void socket.write(upgrade),
    });
    await using _ = engine;
    const controller = new AbortController();
    const { socket } = await transport.hijack({ ...post, signal: controller.signal });
    controller.abort();
    expect(socket.destroyed).toBe(true);
    await vi.waitFor(() => expect(engine.open).toBeLessThanOrEqual(1));
    await vi.waitFor(() => expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0));
  });

  it('is refused with the words of the Engine', async () => {
    const { engine, transport } = await scripted(() => undefined, {
      onUpgrade: (_, socket) =>
        socket.end(
          'HTTP/1.1 409 Conflict\r\nContent-Type: application/json\r\nContent-Length: 45\r\n\r\n' +
            '{"message":"Container web is not running"}\r\n\r',
        ),
    });
    await using _ = engine;
    await expect(transport.hijack(post)).rejects.toMatchObject({ code: 'CONTAINER_NOT_RUNNING' });
  });

  it('is an error where the Engine answers without handing it over', async () => {
    const { engine, transport } = await scripted(() => undefined, {
      onUpgrade: (_, socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}'),
    });
    await using _ = engine;
    await expect(transport.hijack(post)).rejects.toMatchObject({ code: 'ENGINE_ERROR' });
  });

  it('does not end the process when it breaks before anybody listens', async () => {
    const { engine, transport } = await scripted(() => undefined, {
      onUpgrade: (_, socket) => {
        socket.write(upgrade);
        setImmediate(() => socket.destroy(new Error('gone')));
      },
    });
    await using _ = engine;
    const { socket } = await transport.hijack(post);
    socket.resume();
    await new Promise((resolve) => socket.once('close', resolve));
    expect(socket.destroyed).toBe(true);
  });
});
