import { FairleadError } from '../../domain/errors.ts';
import type { ContainerLifecycle } from '../../use-cases/ports/containers.ts';
import { defined } from '../connection/defined.ts';
import type { ContainerCall } from './container-call.ts';
import type { FindContainer } from './container-find.ts';
import type { StopContainer } from './container-stop.ts';

/** Starting mounts what has to be mounted, and waits for its turn on a busy host. */
const START_DEADLINE_MS = 120_000;
const REMOVE_DEADLINE_MS = 120_000;

export function createLifecycle(
  call: ContainerCall,
  find: FindContainer,
  { stop, restart }: { readonly stop: StopContainer; readonly restart: StopContainer },
): ContainerLifecycle {
  /** The Engine refuses, in words only, to bring a container where it is already. */
  async function freeze(verb: 'pause' | 'unpause', ref: string, signal?: AbortSignal): Promise<void> {
    try {
      await call(ref, (container, abortSignal) => container[verb]({ abortSignal }), { signal });
    } catch (error) {
      if (!(error instanceof FairleadError) || !/is (already|not) paused/i.test(error.message)) throw error;
      const { state } = await find(ref, signal);
      if (state === (verb === 'pause' ? 'paused' : 'running')) return;
      throw new FairleadError('CONTAINER_NOT_RUNNING', error.message, { cause: error });
    }
  }

  return {
    start: (ref, signal) =>
      call(ref, (container, abortSignal) => container.start({ abortSignal }), {
        signal,
        deadlineMs: START_DEADLINE_MS,
      }),
    stop: (ref, options = {}, signal) => stop(ref, options, signal),
    restart: (ref, options = {}, signal) => restart(ref, options, signal),
    kill: (ref, options = {}, signal) =>
      call(
        ref,
        (container, abortSignal) => {
          const query: object = { _query: defined({ signal: options.signal }), _body: {}, abortSignal };
          return container.kill(query);
        },
        { signal },
      ),
    pause: (ref, signal) => freeze('pause', ref, signal),
    unpause: (ref, signal) => freeze('unpause', ref, signal),
    remove: (ref, { force = false, volumes = false } = {}, signal) =>
      call(ref, (container, abortSignal) => container.remove({ force, v: volumes, abortSignal }), {
        signal,
        deadlineMs: REMOVE_DEADLINE_MS,
      }),
  };
}
