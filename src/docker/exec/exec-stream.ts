import { Socket } from 'node:net';
import type { Duplex, Readable } from 'node:stream';
import type { ProcessSink, ProcessStream } from '../../use-cases/ports/exec.ts';
import { createDemultiplexer } from '../streams/demultiplexer.ts';

export interface ExecStreamOptions {
  /** Whether the process has a terminal; only without one is its output multiplexed. */
  readonly tty: boolean;
  /** Whether an end of input is passed on. With a terminal the Engine would end the output too. */
  readonly halfClose: boolean;
}

/** Makes a connection that the Engine handed over into the bytes of a process. */
export function execStream(socket: Duplex, { tty, halfClose }: ExecStreamOptions): ProcessStream {
  // What somebody types must not wait for what they type next.
  if (socket instanceof Socket) socket.setNoDelay(true);
  return {
    ...outputOnly(socket, tty),
    write(bytes, taken) {
      // Not 'drain': it does not come once the input has been ended.
      if (socket.writable) socket.write(bytes, taken);
      else taken();
    },
    endInput() {
      if (halfClose) socket.end();
    },
  };
}

/** The output of a process that takes no input. */
export function outputOnly(source: Readable, tty: boolean): ProcessStream {
  let isOver = false;
  return {
    open(sink) {
      function over(error: Error | null): void {
        if (isOver) return;
        isOver = true;
        sink.over(error);
      }
      source.on('data', tty ? (chunk: Buffer) => sink.output(1, chunk) : demultiplexed(source, sink));
      source.once('end', () => over(null));
      source.once('error', over);
      source.once('close', () => over(null));
      // It may have broken before anybody listened.
      if (source.destroyed) queueMicrotask(() => over(null));
    },
    write: (_, taken) => taken(),
    endInput: () => undefined,
    pause: () => void source.pause(),
    resume: () => void source.resume(),
    close: () => void source.destroy(),
  };
}

function demultiplexed(source: Readable, sink: ProcessSink): (chunk: Buffer) => void {
  // What the Engine itself has to say (3) goes where a person looks for trouble.
  const demultiplexer = createDemultiplexer((channel, bytes) => {
    if (bytes.byteLength > 0) sink.output(channel === 1 ? 1 : 2, bytes);
  });
  return (chunk) => {
    try {
      demultiplexer.push(chunk);
    } catch (error) {
      source.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  };
}
