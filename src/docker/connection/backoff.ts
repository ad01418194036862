export interface BackoffOptions {
  readonly initialMs: number;
  readonly maxMs: number;
  /** How much of a delay is left to chance, 0 to 1, so that many do not come back at the same moment. Default 0.5. */
  readonly jitter?: number;
  /** From 0 to 1. Default `Math.random`. */
  readonly random?: () => number;
}

/** Milliseconds to wait before attempt number `attempt + 1`; `attempt` counts the failures so far, from 1. */
export type Backoff = (attempt: number) => number;

/** Doubles with each failure, up to a limit that the chance part does not pass. */
export function createBackoff(options: BackoffOptions): Backoff {
  const { initialMs, maxMs, jitter = 0.5, random = Math.random } = options;
  return (attempt) => {
    const full = Math.min(maxMs, initialMs * 2 ** Math.min(attempt - 1, 30));
    return full * (1 - jitter * random());
  };
}
