import { isFairleadError } from '../../domain/errors.ts';
import { parseInstant } from '../../domain/instant.ts';
import type { LogBatch, LogGap, LogLine, LogStream } from '../../domain/log-line.ts';
import type { LogLineRange, LogReader, LogTextRange } from '../../use-cases/ports/logs.ts';
import type { EngineLink } from '../connection/link.ts';
import { lossSignal } from '../connection/loss.ts';
import type { EngineMonitor } from '../connection/monitor.ts';
import { createHub } from '../streams/hub.ts';
import { afterMark, safelyBefore } from './log-after.ts';
import { logFeed } from './log-feed.ts';
import { joinLog, type LogRound } from './log-join.ts';
import { keepEnds, type SharedLines } from './log-mailbox.ts';
import { type LogRequest, openLog, tailSince } from './log-request.ts';
import { createLogSplitter } from './log-splitter.ts';
import { logState } from './log-state.ts';
import { logText } from './log-text.ts';

export interface LogsDeps {
  readonly link: EngineLink;
  readonly monitor: Pick<EngineMonitor, 'onLost'>;
}

export interface ContainerLogs extends LogReader {
  /** How many containers are being followed. */
  readonly upstreams: number;
  close(): Promise<void>;
}

/** What waits for one reader who is slow: about a megabyte in memory, lines being objects. */
const QUEUE = { maxLines: 3_000, maxBytes: 512 * 1024 };
/** How long a container is followed on when nobody reads, so that one who comes right back finds its stream. */
const LINGER_MS = 2_000;
/** Without stored lines asked for, so many are looked at to find the place where the new ones begin. */
const PLACE_LINES = 100;
const NOTHING: SharedLines = { lines: [], bytes: 0 };

/** The logs of one Engine's containers. */
export function createLogs(deps: LogsDeps): ContainerLogs {
  const { link, monitor } = deps;
  const hub = createHub<SharedLines>({ open: logFeed(deps), lingerMs: LINGER_MS });
  const policy = keepEnds(QUEUE);

  async function text(
    containerId: string,
    range: LogTextRange,
    outer: AbortSignal,
  ): Promise<AsyncIterable<Uint8Array>> {
    const { signal, end } = lossSignal(monitor, outer);
    try {
      const { tty } = await logState(link, containerId, { signal });
      const tail = range.tail ?? (await coveringTail({ containerId, tty }, range.since, signal));
      const chunks = await openLog(link, { ...range, containerId, tail }, signal);
      const bytes = tty ? chunks : logText(chunks);
      return closing(verified(bytes, containerId, range.follow, signal), outer, end);
    } catch (error) {
      end();
      throw error;
    }
  }

  /** A log that ends may mean that the Engine is being shut down, which ends followed logs as if the container had stopped. */
  async function* verified<T>(
    source: AsyncIterable<T>,
    containerId: string,
    follow: boolean,
    signal: AbortSignal,
  ): AsyncGenerator<T, void, undefined> {
    yield* source;
    if (!follow) return;
    await logState(link, containerId, { signal }).catch((error: unknown) => {
      // Removed as soon as it had stopped.
      if (!isFairleadError(error, 'CONTAINER_NOT_FOUND')) throw error;
    });
  }

  async function coveringTail(
    log: { readonly containerId: string; readonly tty: boolean },
    since: bigint | null,
    signal: AbortSignal,
  ): Promise<number | null> {
    return since === null ? null : await tailSince(link, log, since, signal);
  }

  async function lines(
    containerId: string,
    range: LogLineRange,
    outer: AbortSignal,
  ): Promise<AsyncIterable<LogBatch | LogGap>> {
    const { signal, end } = lossSignal(monitor, outer);
    try {
      const { tty } = await logState(link, containerId, { signal });
      const shared = range.follow && range.until === null;
      const source = await (shared
        ? follow(containerId, tty, range, signal, outer)
        : stored(containerId, tty, range, signal));
      return closing(picked(source, range.streams), outer, end);
    } catch (error) {
      end();
      throw error;
    }
  }

  /** The log by itself; with `follow` and `until`, up to a time that is to come. */
  async function stored(
    containerId: string,
    tty: boolean,
    range: LogLineRange,
    signal: AbortSignal,
  ): Promise<AsyncIterable<LogBatch>> {
    const { after: mark, until, follow: goOn } = range;
    const since = mark === null ? range.since : safelyBefore(mark);
    const tail =
      (mark === null ? range.tail : null) ?? (await coveringTail({ containerId, tty }, since, signal));
    const batches = await read({ containerId, tail, since, until, follow: goOn }, tty, 'all', signal);
    if (mark === null) return batches;
    return passing(batches, mark);
  }

  async function* passing(batches: AsyncIterable<LogBatch>, mark: NonNullable<LogLineRange['after']>) {
    const after = afterMark(mark);
    for await (const batch of batches) {
      const fresh = after.take(batch);
      if (fresh.length > 0) yield fresh;
    }
    yield after.rest();
  }

  /** The stored log of a round may end within a line that the shared stream has whole. */
  async function read(
    request: LogRequest,
    tty: boolean,
    ending: 'all' | 'whole lines',
    signal: AbortSignal,
  ): Promise<AsyncGenerator<LogBatch, void, undefined>> {
    const chunks = await openLog(link, request, signal);
    return split(chunks);

    async function* split(source: AsyncIterable<Buffer>): AsyncGenerator<LogBatch, void, undefined> {
      const splitter = createLogSplitter(tty);
      for await (const chunk of source) {
        const batch = splitter.push(chunk);
        if (batch.length > 0) yield batch;
      }
      if (ending === 'all') yield splitter.rest();
    }
  }

  async function follow(
    containerId: string,
    tty: boolean,
    range: LogLineRange,
    signal: AbortSignal,
    outer: AbortSignal,
  ): Promise<AsyncIterable<LogBatch | LogGap>> {
    const { after, since, tail } = range;
    const silent = tail === 0 && after === null;

    /** `part` is decided when it is known how far the shared stream has got. */
    async function round(part: (head: LogBatch) => Promise<Partial<LogRequest>>): Promise<LogRound> {
      // Not by the signal that tells of a loss: the stream itself fails then, and with the reason.
      const live = hub.subscribe(containerId, policy, { signal: outer, withLast: true });
      try {
        const first = await live.next();
        const head = first.done === true || 'gap' in first.value ? NOTHING : first.value;
        const request = { ...(await part(head.lines)), containerId };
        return { live, head, history: await read(request, tty, 'whole lines', signal) };
      } catch (error) {
        await live.return();
        throw error;
      }
    }

    function begin(mark: LogLineRange['after']): Promise<LogRound> {
      return round(async (head) => {
        const from = mark === null ? since : earlier(safelyBefore(mark), head.at(-1));
        return { since: from, tail: await coveringTail({ containerId, tty }, from, signal) };
      });
    }

    const stored = silent ? { tail: PLACE_LINES } : { since, tail };
    const whole = after !== null || (tail === null && since !== null);
    const first = await (whole ? begin(after) : round(async () => stored));
    return joinLog(first, { begin, from: after, since, silent });
  }

  return {
    text,
    lines,
    get upstreams() {
      return hub.upstreams;
    },
    close: () => hub.close(),
  };
}

/** The time of `line`, if that is the earlier one. */
function earlier(instant: bigint, line: LogLine | undefined): bigint {
  const time = line === undefined ? null : parseInstant(line.time, new Date(0));
  return time !== null && time < instant ? time : instant;
}

/** Ends without an error when `signal` aborts, whatever that broke, and tells `end` when it is over. */
async function* closing<T>(
  source: AsyncIterable<T>,
  signal: AbortSignal,
  end: () => void,
): AsyncGenerator<T, void, undefined> {
  try {
    yield* source;
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    end();
  }
}

async function* picked(
  source: AsyncIterable<LogBatch | LogGap>,
  streams: readonly LogStream[],
): AsyncGenerator<LogBatch | LogGap, void, undefined> {
  const all = streams.includes('stdout') && streams.includes('stderr');
  for await (const piece of source) {
    const wanted = all || 'gap' in piece ? piece : piece.filter((line) => streams.includes(line.stream));
    if ('gap' in wanted || wanted.length > 0) yield wanted;
  }
}
