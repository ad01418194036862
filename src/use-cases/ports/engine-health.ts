import type { EngineState } from '../../domain/engine-state.ts';
import type { FairleadError } from '../../domain/errors.ts';

/** Watches one Engine. */
export interface EngineHealth {
  state(): EngineState;
  /** Why it is lost; `null` while it is not. */
  failure(): FairleadError | null;
  /** Asks the Engine now. @throws FairleadError ENGINE_UNREACHABLE, ENGINE_TIMEOUT */
  ping(signal?: AbortSignal): Promise<{ readonly latencyMs: number }>;
  /** The state now and each time it changes; a slow reader gets the newest only. */
  watch(signal?: AbortSignal): AsyncIterable<EngineState>;
}
