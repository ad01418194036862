import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { startHeartbeat } from '../../src/http/sockets/heartbeat.ts';

const INTERVAL = 40;
const open: { server: Server; client: WebSocket }[] = [];

afterEach(() => {
  for (const { server, client } of open.splice(0)) {
    client.terminate();
    server.close();
    server.closeAllConnections();
  }
});

/** A server's socket with a heartbeat of 40 ms, and its client. */
async function connect(options: { autoPong?: boolean; maxPauseMs?: number } = {}) {
  const server = createServer();
  const sockets = new WebSocketServer({ server });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const client = new WebSocket(`ws://127.0.0.1:${port}`, { autoPong: options.autoPong ?? true });
  open.push({ server, client });
  const [ws, request] = (await once(sockets, 'connection')) as [WebSocket, { socket: Socket }];
  await once(client, 'open');
  const started = performance.now();
  const closed = once(ws, 'close').then(([code]) => ({
    code: code as number,
    ms: performance.now() - started,
  }));
  startHeartbeat(ws, request.socket, {
    intervalMs: INTERVAL,
    ...(options.maxPauseMs === undefined ? {} : { maxPauseMs: options.maxPauseMs }),
  });
  return { ws, client, closed };
}

describe('the heartbeat of a WebSocket', () => {
  it('keeps a quiet peer that answers pings', async () => {
    const { ws, client } = await connect();
    let pings = 0;
    client.on('ping', () => {
      pings += 1;
    });
    await delay(INTERVAL * 8);
    expect(ws.readyState).toBe(WebSocket.OPEN);
    expect(pings).toBeGreaterThan(4);
  });

  it('drops a peer after two pings without an answer, not before', async () => {
    const { client, closed } = await connect({ autoPong: false });
    let pings = 0;
    client.on('ping', () => {
      pings += 1;
    });
    const { code, ms } = await closed;
    expect(code).toBe(1006);
    expect(pings).toBe(2);
    expect(ms).toBeGreaterThan(INTERVAL * 2.5);
  });

  it('takes any message for a sign of life', async () => {
    const { ws, client } = await connect({ autoPong: false });
    for (let round = 0; round < 8; round += 1) {
      client.send('here');
      await delay(INTERVAL);
    }
    expect(ws.readyState).toBe(WebSocket.OPEN);
  });

  it('does not judge a peer whose pongs it does not read, until the pause lasts too long', async () => {
    const { ws, client, closed } = await connect({ maxPauseMs: INTERVAL * 8 });
    ws.pause();
    // More than the buffers in between hold: from here on no pong comes through.
    client.send(Buffer.alloc(16 * 1024 * 1024));
    await delay(INTERVAL * 6);
    expect(ws.readyState).toBe(WebSocket.OPEN);
    expect((await closed).code).toBe(1006);
  });

  it('ends with its socket', async () => {
    const { client, closed } = await connect();
    client.close(1000);
    expect((await closed).code).toBe(1000);
  });
});
