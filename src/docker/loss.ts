import type { EngineMonitor } from './monitor.ts';

/** A signal that aborts when another does, and with the error when the Engine is found lost. */
export interface LossSignal {
  readonly signal: AbortSignal;
  /** To be called when nobody needs the signal any more. */
  end(): void;
}

/**
 * An Engine that shuts down keeps streams open for seconds after it has stopped serving; who reads them is told at once by this.
 */
export function lossSignal(monitor: Pick<EngineMonitor, 'onLost'>, signal: AbortSignal): LossSignal {
  const controller = new AbortController();
  const abort = () => controller.abort(signal.reason);
  const forget = monitor.onLost((error) => controller.abort(error));
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  return {
    signal: controller.signal,
    end() {
      forget();
      signal.removeEventListener('abort', abort);
    },
  };
}
