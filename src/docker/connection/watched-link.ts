import type { Stream } from 'node:stream';
import { FairleadError } from '../../domain/errors.ts';
import type { EngineLink } from './link.ts';
import type { EngineMonitor } from './monitor.ts';
import type { EngineRequest } from './transport.ts';

/**
 * The same link, aware of whether its Engine is there: calls fail at once while it is lost, those that wait for an answer fail
 * when it is lost meanwhile, and those that cannot reach it make the monitor look. Streams that have begun are left alone.
 */
export function watchedLink(link: EngineLink, monitor: EngineMonitor): EngineLink {
  /** Runs a call with a signal that aborts when the caller gives up or the Engine is lost. `keep` may hold on to the caller's. */
  async function watched<T>(
    signal: AbortSignal | undefined,
    run: (signal: AbortSignal) => Promise<T>,
    keep?: (result: T, release: () => void) => void,
  ): Promise<T> {
    signal?.throwIfAborted();
    if (monitor.state() !== 'connected') await monitor.reachable(signal);
    const controller = new AbortController();
    const giveUp = () => controller.abort(signal?.reason);
    const release = () => signal?.removeEventListener('abort', giveUp);
    signal?.addEventListener('abort', giveUp, { once: true });
    const forgetLoss = monitor.onLost((error) => controller.abort(gone(error)));
    try {
      const result = await run(controller.signal);
      if (keep === undefined) release();
      else keep(result, release);
      return result;
    } catch (error) {
      release();
      const unreached = error instanceof FairleadError && UNREACHED.has(error.code);
      if (unreached) monitor.suspect();
      throw error;
    } finally {
      forgetLoss();
    }
  }

  return {
    ...link,
    greeting: (signal) => watched(signal, (either) => link.greeting(either)),
    call: (subject, run, options = {}) =>
      watched(options.signal, (signal) => link.call(subject, run, { ...options, signal })),
    transport: {
      open: (request: EngineRequest) =>
        watched(
          request.signal,
          (signal) => link.transport.open({ ...request, signal }),
          ({ body }, release) => whenClosed(body, release),
        ),
      hijack: (request: EngineRequest, protocol?: string) =>
        watched(
          request.signal,
          (signal) => link.transport.hijack({ ...request, signal }, protocol),
          ({ socket }, release) => whenClosed(socket, release),
        ),
    },
  };
}

function whenClosed(stream: Stream & { readonly closed: boolean }, run: () => void): void {
  if (stream.closed) run();
  else stream.once('close', run);
}

const UNREACHED: ReadonlySet<string> = new Set(['ENGINE_UNREACHABLE', 'ENGINE_TIMEOUT']);

function gone(error: FairleadError): FairleadError {
  if (error.code === 'ENGINE_UNREACHABLE') return error;
  return new FairleadError('ENGINE_UNREACHABLE', error.message, { cause: error });
}
