import type { ContainerLifecycle } from '../use-cases/ports/containers.ts';
import type { ContainerCall } from './container-call.ts';
import type { StopContainer } from './container-stop.ts';
import { defined } from './defined.ts';

/** Starting mounts what has to be mounted, and waits for its turn on a busy host. */
const START_DEADLINE_MS = 120_000;
const REMOVE_DEADLINE_MS = 120_000;

export function createLifecycle(
  call: ContainerCall,
  { stop, restart }: { readonly stop: StopContainer; readonly restart: StopContainer },
): ContainerLifecycle {
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
    pause: (ref, signal) =>
      call(ref, (container, abortSignal) => container.pause({ abortSignal }), { signal }),
    unpause: (ref, signal) =>
      call(ref, (container, abortSignal) => container.unpause({ abortSignal }), { signal }),
    remove: (ref, { force = false, volumes = false } = {}, signal) =>
      call(ref, (container, abortSignal) => container.remove({ force, v: volumes, abortSignal }), {
        signal,
        deadlineMs: REMOVE_DEADLINE_MS,
      }),
  };
}
