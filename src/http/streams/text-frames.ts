const NEWLINE = 10;
/** The last frame of a message, which is text: RFC 6455, section 5.2. */
const TEXT_MESSAGE = 0x81;
const LENGTH_IN_16_BITS = 126;
const LENGTH_IN_64_BITS = 127;

/** Each line of NDJSON as a WebSocket message of its own, framed as a server does: one frame, not masked, not compressed. */
export function textFrames(ndjson: Buffer): Buffer {
  let size = 0;
  for (const [start, end] of linesOf(ndjson)) size += headerLength(end - start) + end - start;
  const frames = Buffer.allocUnsafe(size);
  let at = 0;
  for (const [start, end] of linesOf(ndjson)) {
    at = writeHeader(frames, at, end - start);
    at += ndjson.copy(frames, at, start, end);
  }
  return frames;
}

/** Where each line starts and ends, without its line end. JSON never holds a line end as it is. */
function* linesOf(ndjson: Buffer): Generator<readonly [start: number, end: number]> {
  let start = 0;
  for (let end = ndjson.indexOf(NEWLINE); end >= 0; end = ndjson.indexOf(NEWLINE, start)) {
    yield [start, end];
    start = end + 1;
  }
}

function headerLength(length: number): number {
  if (length < LENGTH_IN_16_BITS) return 2;
  return length < 65_536 ? 4 : 10;
}

/** Returns where the payload begins. */
function writeHeader(frames: Buffer, at: number, length: number): number {
  frames[at] = TEXT_MESSAGE;
  if (length < LENGTH_IN_16_BITS) {
    frames[at + 1] = length;
  } else if (length < 65_536) {
    frames[at + 1] = LENGTH_IN_16_BITS;
    frames.writeUInt16BE(length, at + 2);
  } else {
    frames[at + 1] = LENGTH_IN_64_BITS;
    frames.writeBigUInt64BE(BigInt(length), at + 2);
  }
  return at + headerLength(length);
}
