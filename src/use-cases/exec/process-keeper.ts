import { setTimeout as delay } from 'node:timers/promises';
import { type ErrorCode, isFairleadError } from '../../domain/errors.ts';
import type { MarkedProcess, ProcessEnder } from '../ports/exec.ts';
import type { HostLookup } from '../ports/host-lookup.ts';
import type { Log } from '../ports/log.ts';
import type { Session } from './session.ts';

/** A marked process, on a host. */
export interface HostProcess extends MarkedProcess {
  readonly host: string;
}

export interface ProcessKeeperDeps {
  readonly ender: HostLookup<ProcessEnder>;
  readonly log: Log;
  /** Between the first two attempts to end a process; doubled each time. */
  readonly retryMs?: number;
}

/** Knows which processes are attached to, and ends those that nobody is left for. */
export interface ProcessKeeper {
  /** Notes who is attached, from before the process is started until the session ends. */
  attached(execId: string, session: Promise<Session>): void;
  /** The session of a process that somebody is attached to, or is about to be. */
  session(execId: string): Promise<Session> | undefined;
  /**
   * Ends a process, and all that descends from it. Resolves when the first attempt is over, whatever came of it; where the Engine
   * was away or the container paused, it is tried again in the background.
   */
  end(process: HostProcess): Promise<void>;
  /** How many processes are being ended. */
  readonly ending: number;
  /** Waits for what is being ended, for `limitMs` at most. */
  close(limitMs: number): Promise<void>;
}

const RETRY_MS = 1_000;
const MAX_RETRY_MS = 60_000;
const MAX_ATTEMPTS = 60;
const WORTH_RETRYING: readonly ErrorCode[] = [
  'CONTAINER_PAUSED',
  'ENGINE_UNREACHABLE',
  'ENGINE_TIMEOUT',
  'ENGINE_ERROR',
];

export function createProcessKeeper({ ender, log, retryMs = RETRY_MS }: ProcessKeeperDeps): ProcessKeeper {
  const sessions = new Map<string, Promise<Session>>();
  /** By mark: one that is being ended already is not ended twice. */
  const ending = new Map<string, Promise<void>>();
  const stop = new AbortController();

  /** What went wrong, if it is worth another attempt. Throws what is not. */
  async function attempt(process: HostProcess): Promise<unknown> {
    try {
      await ender(process.host).end(process, stop.signal);
      return null;
    } catch (error) {
      if (!stop.signal.aborted && WORTH_RETRYING.some((code) => isFairleadError(error, code))) return error;
      throw error;
    }
  }

  async function retry(process: HostProcess, first: unknown): Promise<void> {
    let pause = retryMs;
    let failure = first;
    const { host, containerId } = process;
    log.warn({ err: failure, host, containerId }, 'a process cannot be ended now; it will be tried again');
    for (let attempts = 1; attempts < MAX_ATTEMPTS; attempts += 1) {
      await delay(pause, undefined, { signal: stop.signal, ref: false });
      failure = await attempt(process);
      if (failure === null) return;
      pause = Math.min(pause * 2, MAX_RETRY_MS);
    }
    throw failure;
  }

  function giveUp({ host, containerId }: HostProcess, error: unknown): void {
    if (stop.signal.aborted) return;
    log.error({ err: error, host, containerId }, 'a process that nobody is left for was not ended');
  }

  return {
    attached(execId, session) {
      sessions.set(execId, session);
      const forget = () => {
        if (sessions.get(execId) === session) sessions.delete(execId);
      };
      void session.then(({ ended }) => ended.then(forget), forget);
    },
    session: (execId) => sessions.get(execId),
    end(process) {
      const running = ending.get(process.token);
      if (running !== undefined) return running;
      const first = attempt(process);
      const work = first.then(
        () => undefined,
        () => undefined,
      );
      ending.set(process.token, work);
      void first
        .then((failure) => (failure === null ? undefined : retry(process, failure)))
        .catch((error: unknown) => giveUp(process, error))
        .finally(() => ending.delete(process.token));
      return work;
    },
    get ending() {
      return ending.size;
    },
    async close(limitMs) {
      const late = delay(limitMs, undefined, { signal: stop.signal, ref: false }).catch(() => undefined);
      await Promise.race([Promise.all(ending.values()), late]);
      stop.abort();
    },
  };
}
