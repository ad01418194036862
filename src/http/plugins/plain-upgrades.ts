import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';

type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** What makes a request an offer to speak something else. */
const OFFER = new Set(['connection', 'upgrade', 'http2-settings']);

/**
 * Answers requests that offer another protocol than WebSocket as if they had not. Java's client offers HTTP/2 with every request
 * in clear text, and a server may ignore that; Node, once somebody listens for upgrades, hands over all of them and their
 * connections. To be registered when the WebSocket plugin is.
 */
export const plainUpgrades = fp(async (app: FastifyInstance) => {
  const { server } = app;
  const others = server.listeners('upgrade') as UpgradeListener[];
  server.removeAllListeners('upgrade');
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (request.headers.upgrade?.toLowerCase() !== 'websocket')
      return takeBack(server, request, socket, head);
    for (const listener of others) listener.call(server, request, socket, head);
  });
});

/** Gives the connection back to the server, with the same request before it, without the offer. */
function takeBack(server: Server, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const { method, url, httpVersion, rawHeaders } = request;
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    if (!OFFER.has(name.toLowerCase())) lines.push(`${name}: ${rawHeaders[index + 1] ?? ''}`);
  }
  socket.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]));
  server.emit('connection', socket);
}
