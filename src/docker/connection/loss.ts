import { FairleadError } from '../../domain/errors.ts';
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
  const forget = monitor.onLost((error) => {
    end();
    controller.abort(unreachable(error));
  });
  function end(): void {
    forget();
    signal.removeEventListener('abort', abort);
  }
  function abort(): void {
    end();
    controller.abort(signal.reason);
  }
  if (signal.aborted) abort();
  else signal.addEventListener('abort', abort, { once: true });
  return { signal: controller.signal, end };
}

/** For a stream it is the same whether the Engine has gone or hangs. */
function unreachable(error: FairleadError): FairleadError {
  if (error.code === 'ENGINE_UNREACHABLE') return error;
  return new FairleadError('ENGINE_UNREACHABLE', error.message, { cause: error });
}
