import { Readable } from 'node:stream';
import { RESUME_BYTES, type Seat, type Viewer } from '../../use-cases/exec/session.ts';

/** Type in byte 0, length in bytes 4 to 7. */
const HEADER_BYTES = 8;

export interface OutputBodyOptions {
  /** Whether stdout and stderr are told apart, in the frames of the Engine. Those of a terminal cannot be. */
  readonly multiplexed: boolean;
  /** Seats the viewer that it is given. */
  readonly open: (viewer: Viewer) => Promise<Seat>;
}

/**
 * The output of a process as the body of an answer, read no faster than the peer takes it. It ends with the process; a failure
 * cuts it off. Whoever destroys it leaves the process.
 */
export async function outputBody({ multiplexed, open }: OutputBodyOptions): Promise<Readable> {
  let seat: Seat | null = null;
  const body = new Readable({
    highWaterMark: RESUME_BYTES,
    read() {
      seat?.drained();
    },
    destroy(error, done) {
      seat?.leave();
      done(error);
    },
  });
  seat = await open({
    output(channel, bytes) {
      if (multiplexed) body.push(headerOf(channel, bytes.byteLength));
      body.push(bytes);
    },
    get waiting() {
      return body.readableLength;
    },
    ended(end) {
      if (end.kind === 'failed') body.destroy(end.error);
      else body.push(null);
    },
  });
  // Nothing is sent to it; a program that reads to the end of its input is to find that end.
  seat.endInput();
  if (body.destroyed) seat.leave();
  return body;
}

function headerOf(channel: number, length: number): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header[0] = channel;
  header.writeUInt32BE(length, 4);
  return header;
}
