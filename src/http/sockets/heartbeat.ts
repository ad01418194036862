import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';

export interface HeartbeatOptions {
  /** Between two pings. */
  readonly intervalMs?: number;
  /** How long a socket may stay paused before it is judged all the same. */
  readonly maxPauseMs?: number;
}

/** So many pings in a row without an answer, and the connection is dropped. */
const MAX_UNANSWERED = 2;

/**
 * Pings the peer every 30 s and drops the connection when two pings in a row stay without an answer (close code 1006).
 *
 * Any byte that arrives is a sign of life. While the server itself does not read (`ws.pause()`) it cannot see pongs, so a peer
 * is not judged then; TCP keep-alive finds one that is gone, and a pause has an end. A peer that takes output slowly gets the
 * ping behind all that waits, so taking some of it counts too.
 *
 * @param socket the connection below `ws`: `request.raw.socket`
 * @returns stops it; it stops by itself when the socket closes
 */
export function startHeartbeat(ws: WebSocket, socket: Socket, options: HeartbeatOptions = {}): () => void {
  const { intervalMs = 30_000, maxPauseMs = 300_000 } = options;
  let read = socket.bytesRead;
  let taken = 0;
  let waiting = 0;
  let unanswered = 0;
  let pausedMs = 0;

  socket.setNoDelay(true);
  socket.setKeepAlive(true, intervalMs);

  /** Whether the peer showed itself since the last ping. */
  function alive(): boolean {
    const takenNow = socket.bytesWritten - socket.writableLength;
    // Without a backlog the kernel takes what is written, whether or not there still is a peer.
    const drains = waiting > 0 && takenNow > taken;
    const speaks = socket.bytesRead > read;
    read = socket.bytesRead;
    taken = takenNow;
    waiting = socket.writableLength;
    return speaks || drains;
  }

  const timer = setInterval(() => {
    pausedMs = ws.isPaused ? pausedMs + intervalMs : 0;
    const excused = ws.isPaused && pausedMs <= maxPauseMs;
    if (alive() || excused) unanswered = 0;
    if (unanswered >= MAX_UNANSWERED) {
      ws.terminate();
    } else if (ws.readyState === ws.OPEN) {
      unanswered += 1;
      ws.ping();
    }
  }, intervalMs);
  timer.unref();

  const stop = () => clearInterval(timer);
  ws.once('close', stop);
  return stop;
}
