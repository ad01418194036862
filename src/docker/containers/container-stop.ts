import type { ContainerWaiter, StopOptions } from '../../use-cases/ports/containers.ts';
import { defined } from '../connection/defined.ts';
import type { EngineLink } from '../connection/link.ts';
import { older } from '../connection/version.ts';
import type { ContainerCall } from './container-call.ts';
import type { FindContainer } from './container-find.ts';
import type { ContainerSource } from './container-source.ts';

export type StopContainer = (ref: string, options: StopOptions, signal?: AbortSignal) => Promise<void>;

export interface StopDeps {
  readonly link: EngineLink;
  readonly source: ContainerSource;
  readonly find: FindContainer;
  readonly call: ContainerCall;
  readonly waiter: ContainerWaiter;
}

/** The first API whose stop and restart take a signal. */
const TAKES_SIGNAL = '1.42';
/** What an Engine needs beyond the time that the container is given. */
const SLACK_MS = 60_000;
/** The Engine's own, for a container that has none. */
const DEFAULT_SECONDS = 10;

/** Stops and restarts, with a signal on Engines too that do not know that. */
export function createStop(deps: StopDeps): {
  readonly stop: StopContainer;
  readonly restart: StopContainer;
} {
  const { link, source, find, call, waiter } = deps;

  function ask(method: 'stop' | 'restart'): StopContainer {
    return (ref, { timeoutSeconds, signal: name }, signal) =>
      call(
        ref,
        (container, abortSignal) => {
          const query: object = {
            _query: defined({ t: timeoutSeconds, signal: name }),
            _body: {},
            abortSignal,
          };
          return container[method](query);
        },
        { signal, deadlineMs: deadlineOf(timeoutSeconds) },
      );
  }

  async function mustSignal(options: StopOptions, signal?: AbortSignal): Promise<boolean> {
    return options.signal !== undefined && older((await link.greeting(signal)).apiVersion, TAKES_SIGNAL);
  }

  /** Signals, waits, and only then ends it as the Engine would have. */
  const signalAndStop: StopContainer = async (ref, options, signal) => {
    const { id, state } = await find(ref, signal);
    if (state === 'running' || state === 'paused') {
      const { Config: config } = await source.inspect(id, false, signal);
      const query: object = { _query: { signal: options.signal }, _body: {} };
      await call(id, (container, abortSignal) => container.kill({ ...query, abortSignal }), { signal });
      await ended(id, options.timeoutSeconds ?? config.StopTimeout ?? DEFAULT_SECONDS, signal);
    }
    await ask('stop')(id, { timeoutSeconds: 0 }, signal);
  };

  /** Resolves when it has ended or the time is over. */
  async function ended(id: string, seconds: number, signal?: AbortSignal): Promise<void> {
    const patience = new AbortController();
    const giveUp = () => patience.abort();
    signal?.addEventListener('abort', giveUp, { once: true });
    const timer = seconds < 0 ? undefined : setTimeout(giveUp, seconds * 1000);
    try {
      await waiter.wait(id, 'not-running', patience.signal);
    } catch (error) {
      signal?.throwIfAborted();
      if (!patience.signal.aborted) throw error;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', giveUp);
    }
  }

  return {
    stop: async (ref, options, signal) =>
      await ((await mustSignal(options, signal)) ? signalAndStop : ask('stop'))(ref, options, signal),
    restart: async (ref, options, signal) => {
      if (!(await mustSignal(options, signal))) {
        await ask('restart')(ref, options, signal);
        return;
      }
      const { id } = await find(ref, signal);
      await signalAndStop(id, options, signal);
      await call(id, (container, abortSignal) => container.start({ abortSignal }), { signal });
    },
  };
}

/** Without a time of the caller's the container's own counts, and that may be hours. */
function deadlineOf(timeoutSeconds: number | undefined): number | null {
  return timeoutSeconds === undefined || timeoutSeconds < 0 ? null : timeoutSeconds * 1000 + SLACK_MS;
}
