import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import type { Exchange, RouteSchema } from '../route.ts';
import { startHeartbeat } from '../sockets/heartbeat.ts';
import { jsonText } from './json-text.ts';

/**
 * Sends items as JSON messages over a WebSocket until they end; an array stands for several messages. The next item is taken
 * when the network has taken the one before, so a slow peer is waited for where `items` comes from.
 */
export async function sendMessages(
  ws: WebSocket,
  { request, signal }: Pick<Exchange<RouteSchema>, 'request' | 'signal'>,
  items: AsyncIterable<object>,
): Promise<void> {
  const { socket } = request.raw;
  startHeartbeat(ws, socket);
  for await (const item of items) {
    if (signal.aborted) return;
    await send(ws, socket, jsonText(item).frames);
  }
}

/**
 * Resolves when the network has taken the frames, or the connection is over. They are written past `ws`, which makes several
 * objects of each message: for a log at full speed more than it takes to make the messages, and all of them wait, and grow
 * old, when the peer is slow. Whole frames may stand between those that `ws` writes, as it compresses nothing.
 */
function send(ws: WebSocket, socket: Socket, frames: Buffer): Promise<void> {
  // A connection that has ended is told by the signal; after a close frame nothing may follow.
  if (frames.byteLength === 0 || ws.readyState !== ws.OPEN) return Promise.resolve();
  return new Promise((resolve) => {
    socket.write(frames, () => resolve());
  });
}
