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
    await sendAll(ws, socket, jsonText(item).messages);
  }
}

/** Resolves when the last message has been handed to the network, or the connection is over. */
function sendAll(ws: WebSocket, socket: Socket, messages: readonly Buffer[]): Promise<void> {
  if (messages.length === 0) return Promise.resolve();
  return new Promise((resolve) => {
    // Corked, many small messages leave in one write.
    socket.cork();
    const last = messages.length - 1;
    for (const [index, message] of messages.entries()) {
      // A connection that has ended is told by the signal.
      ws.send(message, { binary: false }, index === last ? () => resolve() : undefined);
    }
    socket.uncork();
  });
}
