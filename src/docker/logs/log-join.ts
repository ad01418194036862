import { isoNano } from '../../domain/instant.ts';
import { type LogBatch, type LogGap, type LogLine, type LogMark, markAfter } from '../../domain/log-line.ts';
import { afterMark } from './log-after.ts';
import type { SharedLines } from './log-mailbox.ts';

/** One attempt to go over from the stored log to the shared stream. */
export interface LogRound {
  /** Attached before the stored log was read, so that each line is in one of them, and some are in both. */
  readonly live: AsyncIterator<SharedLines | LogGap>;
  /** The first item of `live`: the newest lines when the stored log was asked for. */
  readonly head: SharedLines;
  /** The stored log up to now. */
  readonly history: AsyncIterable<LogBatch>;
}

export interface JoinOptions {
  /** Begins a round; with a mark, its history is all from some time before that place and before the head of the stream. */
  readonly begin: (mark: LogMark | null) => Promise<LogRound>;
  /** The place that the reader has reached before, if it comes back. */
  readonly from: LogMark | null;
  /** Nanoseconds since 1970 before which nothing is wanted. */
  readonly since: bigint | null;
  /** Whether the stored log serves only to find the place where what is new begins. */
  readonly silent: boolean;
}

/** With so many attempts behind, the place is found by time, which may count a gap too high. */
const EXACT_ROUNDS = 3;

/**
 * The stored log and then what is written, each line once: no line is lost between the two, and what the reader is too slow for
 * is told as a gap.
 */
export async function* joinLog(
  first: LogRound,
  options: JoinOptions,
): AsyncGenerator<LogBatch | LogGap, void, undefined> {
  let round = first;
  let mark = options.from;
  for (let rounds = 1; ; rounds += 1) {
    try {
      const overlap = createOverlap(round.head.lines);
      const after = mark === null ? undefined : afterMark(mark);
      for await (const lines of round.history) {
        overlap.count(lines);
        mark = markAfter(mark, lines);
        const fresh = after?.take(lines) ?? lines;
        if (fresh.length > 0 && !options.silent) yield fresh;
      }
      const held = after?.rest() ?? [];
      if (held.length > 0) yield held;
      const trim = entry(round, overlap, mark, options, rounds);
      if (trim !== null) {
        yield* goOn(round, trim);
        return;
      }
    } finally {
      await round.live.return?.();
    }
    round = await options.begin(mark);
  }
}

interface Size {
  readonly lines: number;
  readonly bytes: number;
}

/** Counts what the stored log has after the head of the shared stream: so much of that stream has been read already. */
interface Overlap {
  count(lines: LogBatch): void;
  /** `null` as long as the head has not been met. */
  readonly size: Size | null;
}

function createOverlap(head: LogBatch): Overlap {
  const last = head.at(-1);
  let size: { lines: number; bytes: number } | null = null;
  return {
    count(lines) {
      for (const line of lines) {
        if (size !== null) {
          size.lines += 1;
          size.bytes += Buffer.byteLength(line.line);
        }
        if (last !== undefined && equal(line, last)) size = { lines: 0, bytes: 0 };
      }
    },
    get size() {
      return size;
    },
  };
}

function equal(a: LogLine, b: LogLine): boolean {
  return a.time === b.time && a.stream === b.stream && a.line === b.line;
}

/** Takes out of the shared stream what has been read; `null` when nothing is left. */
type Trim = (piece: SharedLines | LogGap) => LogBatch | LogGap | null;

/** How to enter the shared stream; `null` when this round does not tell. */
function entry(
  { head }: LogRound,
  overlap: Overlap,
  mark: LogMark | null,
  { since, silent }: JoinOptions,
  rounds: number,
): Trim | null {
  const { size } = overlap;
  if (size !== null)
    return skipping({ lines: size.lines + head.lines.length, bytes: size.bytes + head.bytes });
  if (mark === null) return since === null ? linesOf : notBefore(isoNano(since));
  if (silent) return fromNow(mark);
  return rounds < EXACT_ROUNDS ? null : beyond(mark);
}

function linesOf(piece: SharedLines | LogGap): LogBatch | LogGap | null {
  if ('gap' in piece) return piece;
  return piece.lines.length === 0 ? null : piece.lines;
}

/** Counts off what has been read, dropped or not: only the rest of a gap is one. */
function skipping({ lines, bytes }: Size): Trim {
  let left = lines;
  let leftBytes = bytes;
  return (piece) => {
    if (left === 0) return linesOf(piece);
    const size = 'gap' in piece ? piece.gap : { lines: piece.lines.length, bytes: piece.bytes };
    const skipped = Math.min(left, size.lines);
    left -= skipped;
    const skippedBytes = Math.min(leftBytes, size.bytes);
    leftBytes -= skippedBytes;
    if (skipped === size.lines) return null;
    if ('gap' in piece) return { gap: { lines: size.lines - skipped, bytes: size.bytes - skippedBytes } };
    leftBytes = 0;
    return piece.lines.slice(skipped);
  };
}

function notBefore(earliest: string): Trim {
  return (piece) => {
    if ('gap' in piece) return piece;
    const wanted =
      (piece.lines[0]?.time ?? '') >= earliest
        ? piece.lines
        : piece.lines.filter(({ time }) => time >= earliest);
    return wanted.length === 0 ? null : wanted;
  };
}

function beyond(mark: LogMark): Trim {
  const after = afterMark(mark);
  return (piece) => {
    if ('gap' in piece) return piece;
    const lines = after.take(piece.lines);
    return lines.length === 0 ? null : lines;
  };
}

/** For one who has seen nothing yet there are no gaps before the first line. */
function fromNow(mark: LogMark): Trim {
  let begun = false;
  let trim = beyond(mark);
  return (piece) => {
    if ('gap' in piece && !begun) {
      trim = linesOf;
      return null;
    }
    const rest = trim(piece);
    begun ||= rest !== null;
    return rest;
  };
}

async function* goOn(
  { live, head }: LogRound,
  trim: Trim,
): AsyncGenerator<LogBatch | LogGap, void, undefined> {
  let piece = trim(head);
  for (;;) {
    if (piece !== null) yield piece;
    const item = await live.next();
    if (item.done === true) return;
    piece = trim(item.value);
  }
}
