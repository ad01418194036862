import { setTimeout as delay } from 'node:timers/promises';
import { isFairleadError } from '../../domain/errors.ts';
import { type LogBatch, type LogMark, markAfter } from '../../domain/log-line.ts';
import type { EngineLink } from '../connection/link.ts';
import { lossSignal } from '../connection/loss.ts';
import type { EngineMonitor } from '../connection/monitor.ts';
import { afterMark, safelyBefore } from './log-after.ts';
import type { SharedLines } from './log-mailbox.ts';
import { openLog, tailSince } from './log-request.ts';
import { createLogSplitter } from './log-splitter.ts';
import { type LogState, logState } from './log-state.ts';

export interface LogFeedDeps {
  readonly link: EngineLink;
  readonly monitor: Pick<EngineMonitor, 'onLost'>;
}

/** So many lines from before the feed began come first: they show where in the log it begins. */
const LEAD_LINES = 100;
/** The Engine accepts before it has found its place in the log; a log without a line gives no other sign of that. */
const SILENCE_MS = 250;
/** How long one that has stopped may take to be started again: a restart is a stop and a start. */
const RESTART_GRACE_MS = 2_000;
const LOOK_EVERY_MS = 100;
const LOOK_DEADLINE_MS = 5_000;
const NO_LINES: SharedLines = { lines: [], bytes: 0 };

/**
 * All lines that a container writes from now on, after at most 100 from before; goes on where it was when the container is
 * restarted. The first item comes once the place in the log is settled, and is empty when the log is.
 *
 * @throws FairleadError ENGINE_UNREACHABLE when the Engine is lost
 */
export function logFeed(deps: LogFeedDeps) {
  return async function* (
    containerId: string,
    outer: AbortSignal,
  ): AsyncGenerator<SharedLines, void, undefined> {
    const { signal, end } = lossSignal(deps.monitor, outer);
    try {
      let mark: LogMark | null = null;
      let state: LogState | null = await logState(deps.link, containerId, { signal });
      while (state !== null) {
        for await (const lines of oneRun(deps.link, containerId, state, mark, signal)) {
          mark = markAfter(mark, lines);
          yield lines.length === 0 ? NO_LINES : { lines, bytes: bytesOf(lines) };
        }
        const over: boolean = !state.running && !state.restarting;
        state = over ? null : await nextRun(deps.link, containerId, signal);
      }
    } finally {
      end();
    }
  };
}

/** What the Engine gives until the container stops. A connection that breaks counts as that: the look after it tells. */
async function* oneRun(
  link: EngineLink,
  containerId: string,
  { tty }: LogState,
  mark: LogMark | null,
  signal: AbortSignal,
): AsyncGenerator<LogBatch, void, undefined> {
  const since = mark === null ? null : safelyBefore(mark);
  const tail = since === null ? LEAD_LINES : await tailSince(link, { containerId, tty }, since, signal);
  const chunks = await openLog(link, { containerId, tail, since, follow: true }, signal);
  const splitter = createLogSplitter(tty);
  const after = mark === null ? undefined : afterMark(mark);
  try {
    const first = chunks.next();
    if (mark === null && (await isSilent(first))) yield [];
    for (let chunk = await first; chunk.done !== true; chunk = await chunks.next()) {
      const lines = splitter.push(chunk.value);
      const fresh = after?.take(lines) ?? lines;
      if (fresh.length > 0) yield fresh;
    }
    const rest = splitter.rest();
    yield [...(after?.take(rest) ?? rest), ...(after?.rest() ?? [])];
  } catch (error) {
    signal.throwIfAborted();
    if (!isFairleadError(error, 'ENGINE_UNREACHABLE')) throw error;
  } finally {
    await chunks.return?.();
  }
}

async function isSilent(first: Promise<unknown>): Promise<boolean> {
  const timer = new AbortController();
  const silent = delay(SILENCE_MS, true, { signal: timer.signal }).catch(() => true);
  const come = first.then(
    () => false,
    () => false,
  );
  const result = await Promise.race([come, silent]);
  timer.abort();
  return result;
}

/** Waits until the container runs again; `null` when it is gone, or has stopped for good. */
async function nextRun(link: EngineLink, containerId: string, signal: AbortSignal): Promise<LogState | null> {
  const deadline = performance.now() + RESTART_GRACE_MS;
  for (;;) {
    const state = await logState(link, containerId, { signal, deadlineMs: LOOK_DEADLINE_MS }).catch(gone);
    if (state === null || state.running) return state;
    if (!state.restarting && performance.now() > deadline) return null;
    await delay(LOOK_EVERY_MS, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

function gone(error: unknown): null {
  if (isFairleadError(error, 'CONTAINER_NOT_FOUND')) return null;
  throw error;
}

function bytesOf(lines: LogBatch): number {
  let bytes = 0;
  for (const { line } of lines) bytes += Buffer.byteLength(line);
  return bytes;
}
