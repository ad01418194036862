import { setTimeout as delay } from 'node:timers/promises';

interface WaitOptions {
  /** What is waited for, as the end of the sentence "Waited 10 s for ...". */
  readonly what: string;
  /** Default: 10 s. */
  readonly timeoutMs?: number;
  /** Pause between two looks. Default: 20 ms. */
  readonly intervalMs?: number;
}

/**
 * Looks again and again until `condition` gives something truthy, and returns that.
 * A condition that throws counts as not yet fulfilled; its last error becomes the cause of the failure.
 * @throws Error when the time is over.
 */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  { what, timeoutMs = 10_000, intervalMs = 20 }: WaitOptions,
): Promise<NonNullable<T>> {
  const deadline = performance.now() + timeoutMs;
  let lastError: unknown;
  for (;;) {
    try {
      const value = await condition();
      if (value) return value;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    if (performance.now() >= deadline) {
      throw new Error(`Waited ${timeoutMs / 1000} s for ${what}`, { cause: lastError });
    }
    await delay(intervalMs);
  }
}
