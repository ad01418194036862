import type { Socket } from 'node:net';
import type WebSocket from 'ws';

/** The bytes of a process, the same for both sides of a comparison. */
export interface BytePipe {
  /** Takes what comes from now on, and what has come before anybody listened. */
  listen(listener: (chunk: Buffer) => void): void;
  write(bytes: Buffer): void;
  /** Resolves when the other side has ended it, with the close code and reason of a WebSocket. */
  readonly ended: Promise<{ readonly code: number; readonly reason: string }>;
  /** Lets go of it without a word. */
  destroy(): void;
}

/** A hijacked connection of the Engine. */
export function hijackPipe(socket: Socket): BytePipe {
  const { push, listen } = inbox();
  const ended = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', () => resolve({ code: 1000, reason: '' }));
  });
  socket.on('data', push);
  socket.on('end', () => socket.end());
  socket.on('error', () => socket.destroy());
  return { listen, write: (bytes) => void socket.write(bytes), ended, destroy: () => socket.destroy() };
}

/** A WebSocket with raw framing that is about to open; resolves when it is open. */
export async function socketPipe(socket: WebSocket): Promise<BytePipe> {
  const { push, listen } = inbox();
  socket.binaryType = 'nodebuffer';
  socket.on('message', push);
  const ended = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
  });
  await new Promise<void>((resolve, reject) => {
    socket.on('open', resolve);
    socket.on('error', reject);
  });
  return { listen, write: (bytes) => socket.send(bytes), ended, destroy: () => socket.terminate() };
}

function inbox(): { push: (chunk: Buffer) => void; listen: BytePipe['listen'] } {
  const early: Buffer[] = [];
  let listener: (chunk: Buffer) => void = (chunk) => void early.push(chunk);
  return {
    push: (chunk) => listener(chunk),
    listen(next) {
      listener = next;
      for (const chunk of early.splice(0)) next(chunk);
    },
  };
}

/** Resolves with the next bytes that come. */
export function nextBytes(pipe: BytePipe): Promise<Buffer> {
  return new Promise((resolve) => pipe.listen(resolve));
}

/** Everything until the process ends. */
export async function allBytes(pipe: BytePipe): Promise<Buffer> {
  const chunks: Buffer[] = [];
  pipe.listen((chunk) => void chunks.push(chunk));
  await pipe.ended;
  return Buffer.concat(chunks);
}
