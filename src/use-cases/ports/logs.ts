import type { LogBatch, LogGap, LogMark, LogStream } from '../../domain/log-line.ts';

export interface LogRange {
  /** At least one. */
  readonly streams: readonly LogStream[];
  /** The newest so many lines, counted before `streams` applies; `null` for all. */
  readonly tail: number | null;
  /** Nanoseconds since 1970, inclusive as `until`. */
  readonly since: bigint | null;
  readonly until: bigint | null;
  /** Whether to go on with what is written from now on. */
  readonly follow: boolean;
}

export interface LogTextRange extends LogRange {
  /** Whether each line begins with its time. */
  readonly timestamps: boolean;
}

export interface LogLineRange extends LogRange {
  /** Only what comes after this place; `tail` and `since` do not count then. */
  readonly after: LogMark | null;
}

/*
 * Both resolve when the Engine has accepted the request, and throw CONTAINER_NOT_FOUND, ENGINE_NOT_SUPPORTED (a log driver that
 * cannot be read), ENGINE_UNREACHABLE. What they resolve with throws ENGINE_UNREACHABLE when the Engine is lost, and ends without
 * an error when `signal` aborts.
 */

export interface LogReader {
  /**
   * The output as bytes, as `docker logs` prints it, read only as fast as it is taken. With `follow` it ends when the container
   * stops.
   */
  text(containerId: string, range: LogTextRange, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
  /**
   * The output as lines. With `follow`, whoever reads a container shares one stream of the Engine, and who is too slow for it gets
   * gaps; it goes on over a restart of the container, and ends when the container has stopped and is not started again at once.
   */
  lines(
    containerId: string,
    range: LogLineRange,
    signal: AbortSignal,
  ): Promise<AsyncIterable<LogBatch | LogGap>>;
}
