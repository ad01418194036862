import { FairleadError } from '../../domain/errors.ts';
import type { LogBatch, LogLine, LogStream } from '../../domain/log-line.ts';
import { createDemultiplexer } from '../streams/demultiplexer.ts';

/** Makes lines of the bytes that the Engine sends for logs with timestamps. */
export interface LogSplitter {
  /** The lines that are complete with this chunk. */
  push(chunk: Buffer): LogBatch;
  /** What is left: a line without an end. */
  rest(): LogBatch;
}

/** A line longer than this is passed on in parts, so that output without line ends does not fill the memory. */
const MAX_LINE_BYTES = 1024 * 1024;
const NEWLINE = 10;
const CARRIAGE_RETURN = 13;
const BLANK = 32;

/** For the log of a container with (`tty`) or without a terminal: only the latter is multiplexed. */
export function createLogSplitter(tty: boolean): LogSplitter {
  return tty ? rawSplitter() : multiplexedSplitter();
}

/**
 * A frame holds a line, or a part of one longer than 16 kB: then it lacks the line's end, and the next frame of the stream goes
 * on. Each frame begins with the line's time.
 */
function multiplexedSplitter(): LogSplitter {
  const builders = { stdout: lineBuilder('stdout'), stderr: lineBuilder('stderr') };
  let lines: LogLine[] = [];
  let pieces: Buffer[] = [];
  let held = 0;
  const demultiplexer = createDemultiplexer((channel, bytes, first, last) => {
    if (channel === 3) throw new FairleadError('ENGINE_ERROR', bytes.toString().trim());
    if (!(first && last)) {
      pieces.push(bytes);
      held += bytes.byteLength;
      if (!last && held <= MAX_LINE_BYTES) return;
    }
    const frame = first && last ? bytes : Buffer.concat(pieces);
    if (held > 0) {
      pieces = [];
      held = 0;
    }
    builders[channel === 2 ? 'stderr' : 'stdout'].add(frame, lines);
  });
  return {
    push(chunk) {
      lines = [];
      demultiplexer.push(chunk);
      return lines;
    },
    rest() {
      lines = [];
      for (const builder of Object.values(builders)) builder.flush(lines);
      return lines;
    },
  };
}

/** Joins the parts of a line. */
interface LineBuilder {
  /** Takes a time, a blank and bytes; adds the line to `lines` if it ends with them. */
  add(part: Buffer, lines: LogLine[]): void;
  flush(lines: LogLine[]): void;
}

function lineBuilder(stream: LogStream): LineBuilder {
  let time = '';
  let parts: Buffer[] = [];
  let held = 0;

  function finish(lines: LogLine[], partial: boolean): void {
    const line = Buffer.concat(parts).toString();
    lines.push(partial ? { stream, time, line, partial } : { stream, time, line });
    parts = [];
    held = 0;
  }

  return {
    add(part, lines) {
      const blank = part.indexOf(BLANK);
      const ends = part[part.byteLength - 1] === NEWLINE;
      const end = ends ? part.byteLength - 1 : part.byteLength;
      const partTime = part.toString('latin1', 0, Math.max(0, blank));
      if (held > 0 && partTime !== time) finish(lines, false);
      time = partTime;
      if (ends && held === 0) {
        lines.push({ stream, time, line: part.toString('utf8', blank + 1, end) });
        return;
      }
      parts.push(part.subarray(blank + 1, end));
      held += Math.max(1, end - blank - 1);
      if (ends) finish(lines, false);
      else if (held > MAX_LINE_BYTES) finish(lines, true);
    },
    flush(lines) {
      if (held > 0) finish(lines, false);
    },
  };
}

/** With a terminal it is plain bytes: lines that begin with their time, which comes again within a line every 16 kB. */
function rawSplitter(): LogSplitter {
  let parts: Buffer[] = [];
  let held = 0;

  function take(): Buffer {
    const whole = parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
    parts = [];
    held = 0;
    return whole;
  }

  return {
    push(chunk) {
      const lines: LogLine[] = [];
      let start = 0;
      for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
        parts.push(chunk.subarray(start, end));
        lines.push(rawLine(take()));
        start = end + 1;
      }
      if (start < chunk.byteLength) {
        parts.push(chunk.subarray(start));
        held += chunk.byteLength - start;
      }
      if (held > MAX_LINE_BYTES) {
        const line = rawLine(take());
        lines.push({ ...line, partial: true });
        // What follows goes on as if it were a line of the same time.
        parts.push(Buffer.from(`${line.time} `));
      }
      return lines;
    },
    rest: () => (held > 0 ? [rawLine(take())] : []),
  };
}

function rawLine(bytes: Buffer): LogLine {
  const blank = bytes.indexOf(BLANK);
  const prefix = bytes.subarray(0, blank + 1);
  const ends = bytes[bytes.byteLength - 1] === CARRIAGE_RETURN ? bytes.byteLength - 1 : bytes.byteLength;
  const contents: Buffer[] = [];
  let start = blank + 1;
  for (
    let again = bytes.indexOf(prefix, start);
    blank > 0 && again >= 0;
    again = bytes.indexOf(prefix, start)
  ) {
    contents.push(bytes.subarray(start, again));
    start = again + prefix.byteLength;
  }
  contents.push(bytes.subarray(start, ends));
  return {
    stream: 'stdout',
    time: prefix.toString('latin1', 0, Math.max(0, blank)),
    line: contents.length === 1 ? (contents[0] as Buffer).toString() : Buffer.concat(contents).toString(),
  };
}
