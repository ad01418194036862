import { isoNano, unixSeconds } from '../../domain/instant.ts';
import type { LogStream } from '../../domain/log-line.ts';
import type { EngineLink } from '../connection/link.ts';
import { gather } from './gather.ts';
import { createLogSplitter } from './log-splitter.ts';

/** One request for a container's log. */
export interface LogRequest {
  readonly containerId: string;
  /** Default: both. */
  readonly streams?: readonly LogStream[];
  readonly tail?: number | null;
  /** Nanoseconds since 1970. */
  readonly since?: bigint | null;
  readonly until?: bigint | null;
  readonly follow?: boolean;
  /** Default: true. */
  readonly timestamps?: boolean;
}

/**
 * Opens a log. Resolves when the Engine has accepted; its bytes come in pieces as they are taken.
 *
 * @throws FairleadError CONTAINER_NOT_FOUND, ENGINE_NOT_SUPPORTED for a log driver that cannot be read
 */
export async function openLog(
  link: EngineLink,
  request: LogRequest,
  signal: AbortSignal,
): Promise<AsyncIterableIterator<Buffer>> {
  const { containerId, streams = ['stdout', 'stderr'], tail, since, until } = request;
  const response = await link.transport.open({
    method: 'GET',
    path: `/containers/${containerId}/logs`,
    query: {
      stdout: streams.includes('stdout'),
      stderr: streams.includes('stderr'),
      follow: request.follow ?? false,
      timestamps: request.timestamps ?? true,
      tail: tail ?? undefined,
      since: since == null ? undefined : unixSeconds(since),
      until: until == null ? undefined : unixSeconds(until),
    },
    subject: { type: 'container', ref: containerId },
    signal,
  });
  return gather(response.body, { where: link.where, signal });
}

/** So many lines are looked at first, and so many more are asked for, to have those too that are written meanwhile. */
const LOOKS = [
  { lines: 1_000, asked: 11_000 },
  { lines: 20_000, asked: 60_000 },
  { lines: 100_000, asked: 200_000 },
] as const;

/**
 * How many of the newest lines hold all since a time; `null` when only the whole log is sure to. The Engine reads a log from
 * its beginning to find a time, which takes seconds for a large one, but finds its newest lines from the end.
 */
export async function tailSince(
  link: EngineLink,
  log: { readonly containerId: string; readonly tty: boolean },
  since: bigint,
  signal: AbortSignal,
): Promise<number | null> {
  for (const { lines, asked } of LOOKS) {
    const oldest = await oldestOf(link, log, lines, signal);
    if (oldest !== null && oldest < isoNano(since)) return asked;
  }
  return null;
}

/** The time of the first of the newest `lines` lines. */
async function oldestOf(
  link: EngineLink,
  { containerId, tty }: { readonly containerId: string; readonly tty: boolean },
  lines: number,
  signal: AbortSignal,
): Promise<string | null> {
  const splitter = createLogSplitter(tty);
  for await (const chunk of await openLog(link, { containerId, tail: lines }, signal)) {
    const [first] = splitter.push(chunk);
    if (first !== undefined) return first.time;
  }
  return splitter.rest()[0]?.time ?? null;
}
