import type { FairleadError } from '../../domain/errors.ts';
import type { EngineHealth } from '../ports/engine-health.ts';

/**
 * Resolves with ENGINE_UNREACHABLE when the Engine is gone, or being stopped: what it runs may go on writing for many seconds
 * then. One that only hangs may come round. Resolves with `null` when `signal` aborts.
 */
export async function engineLoss(
  health: Pick<EngineHealth, 'watch' | 'failure'>,
  signal: AbortSignal,
): Promise<FairleadError | null> {
  for await (const state of health.watch(signal)) {
    const failure = state === 'lost' ? health.failure() : null;
    if (failure?.code === 'ENGINE_UNREACHABLE') return failure;
  }
  return null;
}
