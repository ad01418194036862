export type LogStream = 'stdout' | 'stderr';

/** A line that a container wrote. */
export interface LogLine {
  /** All output of a container with a terminal is `stdout`. */
  readonly stream: LogStream;
  /** When the Engine got it, ISO 8601 UTC with nanoseconds. */
  readonly time: string;
  /** Without its end; bytes that are no UTF-8 are replaced. */
  readonly line: string;
  /** Set when the line is longer than is passed on at once: the next one of this stream goes on with it. */
  readonly partial?: true;
}

/** Lines that came together, in the order of the log. */
export type LogBatch = readonly LogLine[];

/** Stands where lines were dropped because their reader was too slow. */
export interface LogGap {
  readonly gap: { readonly lines: number; readonly bytes: number };
}

/** A place in a log: after the `count`-th line that `stream` has of this time. */
export interface LogMark {
  readonly stream: LogStream;
  readonly time: string;
  readonly count: number;
}

/** The place after `lines`, which come after `mark`. */
export function markAfter(mark: LogMark | null, lines: LogBatch): LogMark | null {
  const last = lines.at(-1);
  if (last === undefined) return mark;
  const { stream, time } = last;
  let count = mark !== null && mark.stream === stream && mark.time === time ? mark.count : 0;
  for (let index = lines.length - 1; index >= 0 && lines[index]?.time === time; index -= 1) {
    if (lines[index]?.stream === stream) count += 1;
  }
  return { stream, time, count };
}

/** A mark as text without blanks, such as `2026-11-21T08:30:00.123456789Z/stdout/1`. */
export function formatMark(mark: LogMark): string {
  return `${mark.time}/${mark.stream}/${mark.count}`;
}

const MARK = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z)\/(stdout|stderr)\/(\d{1,9})$/;

/** The mark in a text that `formatMark` made; `null` for any other. */
export function parseMark(text: string): LogMark | null {
  const [, time, stream, count] = MARK.exec(text) ?? [];
  if (time === undefined) return null;
  return { time, stream: stream as LogStream, count: Number(count) };
}
