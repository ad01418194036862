import { FairleadError } from '../../domain/errors.ts';

/** Which of a process's outputs bytes came from; 3 is a message of the Engine itself about a stream that failed. */
export type OutputChannel = 1 | 2 | 3;

/**
 * Takes one piece of a frame. `bytes` is a view into the chunk that was pushed, not a copy.
 *
 * @param first whether the frame begins with this piece
 * @param last whether the frame ends with it
 */
export type OnOutput = (channel: OutputChannel, bytes: Buffer, first: boolean, last: boolean) => void;

/** Takes apart the Engine's multiplexed streams (logs, attach and exec without a terminal). */
export interface Demultiplexer {
  /**
   * Hands on all output in `chunk`, before it returns. A frame that is spread over chunks comes in as many pieces; an empty
   * frame comes as one empty piece.
   *
   * @throws FairleadError ENGINE_ERROR for a frame of a type that does not exist: the stream is not multiplexed, or broken
   */
  push(chunk: Buffer): void;
  /** Whether what was pushed ends where a frame ends. False at the end of a stream means that it was cut off. */
  readonly complete: boolean;
}

/** Byte 0 is the type, 1 to 3 are zero, 4 to 7 are the length in network order. */
const HEADER_BYTES = 8;

/** Makes a demultiplexer: one pass over the bytes, no copies but of headers that two chunks share. */
export function createDemultiplexer(onOutput: OnOutput): Demultiplexer {
  const header = Buffer.alloc(HEADER_BYTES);
  let headerBytes = 0;
  let channel: OutputChannel = 1;
  let left = 0;
  let first = false;

  /** Reads the header at `at` and hands on a frame without content. */
  function begin(from: Buffer, at: number): void {
    const type = from[at] ?? 0;
    if (type > 3) {
      throw new FairleadError('ENGINE_ERROR', `The Engine sent a frame of the unknown type ${type}.`);
    }
    // Type 0, an echo of the input, is output to whoever reads.
    channel = type === 0 ? 1 : (type as OutputChannel);
    left = from.readUInt32BE(at + 4);
    first = true;
    if (left === 0) onOutput(channel, from.subarray(at, at), true, true);
  }

  return {
    push(chunk) {
      const { length } = chunk;
      let at = 0;
      while (at < length) {
        if (left > 0) {
          const taken = Math.min(left, length - at);
          const start = at;
          const begins = first;
          at += taken;
          left -= taken;
          first = false;
          onOutput(channel, chunk.subarray(start, at), begins, left === 0);
        } else if (headerBytes === 0 && length - at >= HEADER_BYTES) {
          begin(chunk, at);
          at += HEADER_BYTES;
        } else {
          const taken = Math.min(HEADER_BYTES - headerBytes, length - at);
          chunk.copy(header, headerBytes, at, at + taken);
          headerBytes += taken;
          at += taken;
          if (headerBytes < HEADER_BYTES) return;
          headerBytes = 0;
          begin(header, 0);
        }
      }
    },
    get complete() {
      return left === 0 && headerBytes === 0;
    },
  };
}
