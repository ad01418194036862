import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A socket in front of an Engine's that passes everything on and counts the requests that are open. */
export interface EngineTap extends AsyncDisposable {
  readonly socketPath: string;
  /** How many requests whose path matches are being answered now; hijacked connections do not count. */
  open(path: RegExp): number;
  /** How many there have been so far. */
  seen(path: RegExp): number;
}

/** `await using tap = await tapEngine(engine.socketPath);` */
export async function tapEngine(engineSocket: string): Promise<EngineTap> {
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-tap-'));
  const socketPath = join(folder, 'docker.sock');
  const running = new Set<string>();
  const paths: string[] = [];
  const sockets = new Set<Socket>();

  const forward = (incoming: IncomingMessage) => {
    const path = incoming.url ?? '';
    const key = `${paths.push(path)} ${path}`;
    running.add(key);
    const outgoing = request({
      socketPath: engineSocket,
      agent: false,
      method: incoming.method,
      path,
      headers: incoming.headers,
    });
    outgoing.on('close', () => running.delete(key));
    return outgoing;
  };

  const server = createServer((incoming, answer) => {
    const outgoing = forward(incoming);
    outgoing.on('response', (upstream) => {
      answer.writeHead(upstream.statusCode ?? 502, upstream.headers);
      answer.flushHeaders();
      upstream.pipe(answer);
    });
    outgoing.on('error', () => answer.destroy());
    answer.on('close', () => outgoing.destroy());
    incoming.pipe(outgoing);
  });
  server.on('upgrade', (incoming, client: Socket, head: Buffer) => {
    const outgoing = forward(incoming);
    outgoing.on('upgrade', (upstream, socket, first) => {
      const headers = Object.entries(upstream.headers).map(
        ([name, value]) => `${name}: ${String(value)}\r\n`,
      );
      client.write(`HTTP/1.1 101 UPGRADED\r\n${headers.join('')}\r\n`);
      client.write(first);
      client.pipe(socket).pipe(client);
      socket.on('error', () => client.destroy());
    });
    outgoing.on('error', () => client.destroy());
    client.on('error', () => outgoing.destroy());
    // An upgrade keeps the request's body to itself: it is what came after the head.
    outgoing.end(head);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));

  return {
    socketPath,
    open: (path) => [...running].filter((key) => path.test(key)).length,
    seen: (path) => paths.filter((one) => path.test(one)).length,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}
