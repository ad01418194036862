import type { FastifyRequest } from 'fastify';
import type { WebSocket } from 'ws';
import { RESUME_BYTES, type Seat, type SessionEnd, type Viewer } from '../../use-cases/exec/session.ts';
import { asFairleadError, closeFor } from '../problem.ts';
import { CHANNEL_PROTOCOLS, channelFraming } from './channel-framing.ts';
import { type Framing, type Incoming, RAW_FRAMING } from './framing.ts';
import { startHeartbeat } from './heartbeat.ts';

/** Input that waits for the process: more than this, and the peer is not read any further. */
const MAX_INPUT_BYTES = 1024 * 1024;
const INPUT_RESUME_BYTES = 256 * 1024;
const BINARY = { binary: true } as const;

/** What a process's socket comes from. */
export interface ProcessSocketExchange {
  readonly request: FastifyRequest;
  readonly signal: AbortSignal;
}

/**
 * Joins a WebSocket and a process: frames in are its input, its output goes out, and its end closes the socket. Both ways no more
 * than about a mebibyte waits in this server.
 *
 * @param open seats the viewer that it is given. What the peer sends meanwhile waits.
 * @returns how the process ended, or `null` if the peer left before. Rejects with what `open` does, for the close code; peers
 * that speak in channels have been told by then.
 */
export async function serveProcess(
  ws: WebSocket,
  { request, signal }: ProcessSocketExchange,
  open: (viewer: Viewer) => Promise<Seat>,
): Promise<SessionEnd | null> {
  // Nothing is read before the process is there to take it.
  ws.pause();
  startHeartbeat(ws, request.raw.socket);
  const framing = framingOf(ws.protocol);
  const outgoing = createOutgoing(ws, framing);
  let seat: Seat;
  try {
    seat = await open(outgoing.viewer);
  } catch (error) {
    const status = framing.end({ kind: 'failed', error: asFairleadError(error) });
    if (status !== null && ws.readyState === ws.OPEN) ws.send(status, BINARY);
    throw error;
  }
  outgoing.drainInto(seat);
  listen(ws, framing, seat);
  return await new Promise((resolve) => {
    const leave = () => {
      seat.leave();
      resolve(outgoing.end());
    };
    // Closing may have been begun from this side, and then takes as long as the peer likes.
    signal.addEventListener('abort', leave, { once: true });
    ws.once('close', leave);
    if (signal.aborted) leave();
    ws.resume();
  });
}

function framingOf(protocol: string): Framing {
  return CHANNEL_PROTOCOLS.some((name) => name === protocol) ? channelFraming(protocol) : RAW_FRAMING;
}

interface Outgoing {
  readonly viewer: Viewer;
  /** Whom to tell that the peer has caught up. */
  drainInto(seat: Pick<Seat, 'drained'>): void;
  end(): SessionEnd | null;
}

function createOutgoing(ws: WebSocket, framing: Framing): Outgoing {
  let seat: Pick<Seat, 'drained'> | null = null;
  let end: SessionEnd | null = null;
  let closing = false;

  // One callback for all frames: a closure a frame would show at hundreds of megabytes a second.
  function sent(): void {
    if (ws.bufferedAmount <= RESUME_BYTES) seat?.drained();
    if (end !== null && ws.bufferedAmount === 0) close(end);
  }

  function close(how: SessionEnd): void {
    if (closing) return;
    closing = true;
    const { code, reason } = closeOf(how);
    // A paused socket never sees the answer to its close frame.
    ws.resume();
    ws.close(code, reason);
  }

  return {
    viewer: {
      output(channel, bytes) {
        if (ws.readyState === ws.OPEN) ws.send(framing.output(channel, bytes), BINARY, sent);
      },
      get waiting() {
        return ws.bufferedAmount;
      },
      ended(how) {
        end = how;
        const status = framing.end(how);
        if (status !== null && ws.readyState === ws.OPEN) ws.send(status, BINARY, sent);
        // The time that a peer has for the answer to a close frame must not run while output is on its way to it.
        if (ws.bufferedAmount === 0) close(how);
      },
    },
    drainInto(joined) {
      seat = joined;
      sent();
    },
    end: () => end,
  };
}

function closeOf(end: SessionEnd): { readonly code: number; readonly reason: string } {
  switch (end.kind) {
    case 'exited':
      return { code: 1000, reason: `exit:${end.exitCode}` };
    case 'detached':
      return { code: 1000, reason: 'detached' };
    case 'failed':
      return closeFor(end.error);
  }
}

/** Hands the peer's frames on, and stops reading while the process does not take them. */
function listen(ws: WebSocket, framing: Framing, seat: Seat): void {
  let waiting = 0;

  function input(bytes: Buffer): void {
    const { byteLength } = bytes;
    waiting += byteLength;
    if (waiting > MAX_INPUT_BYTES && !ws.isPaused) ws.pause();
    seat.input(bytes, () => {
      waiting -= byteLength;
      if (waiting < INPUT_RESUME_BYTES && ws.isPaused) ws.resume();
    });
  }

  ws.on('message', (data: Buffer) => {
    if (ws.readyState !== ws.OPEN) return;
    let incoming: Incoming;
    try {
      incoming = framing.input(data);
    } catch (error) {
      const { code, reason } = closeFor(error);
      ws.close(code, reason);
      return;
    }
    switch (incoming.kind) {
      case 'input':
        return input(incoming.bytes);
      case 'end-of-input':
        return seat.endInput();
      case 'resize':
        return seat.resize(incoming.size);
      case 'nothing':
        return undefined;
    }
  });
}
