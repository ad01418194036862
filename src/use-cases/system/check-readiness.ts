import { isFairleadError } from '../../domain/errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';

/** Something without which the server is of no use. */
export interface ReadinessCheck {
  /** Such as `database`. */
  readonly name: string;
  /** Resolves when it is well. */
  readonly run: () => Promise<unknown>;
}

export interface CheckResult {
  readonly name: string;
  readonly status: 'up' | 'down';
  readonly latencyMs: number;
  /** Why it is down. */
  readonly detail: string | null;
}

export interface Readiness {
  readonly ready: boolean;
  readonly checks: readonly CheckResult[];
}

export interface CheckReadinessDeps {
  readonly checks: readonly ReadinessCheck[];
  readonly clock: Clock;
  readonly log: Log;
  readonly timeoutMs?: number;
  readonly keepMs?: number;
}

const TIMEOUT_MS = 2_000;
const KEEP_MS = 1_000;

/**
 * Runs all checks at the same time. Everybody may ask, so all who ask within a second share one answer and nobody can use it
 * to keep the database or the Engine busy.
 */
export function checkReadiness(deps: CheckReadinessDeps): () => Promise<Readiness> {
  const { checks, clock, log, timeoutMs = TIMEOUT_MS, keepMs = KEEP_MS } = deps;
  let last: { readonly at: number; readonly answer: Promise<Readiness> } | undefined;

  async function run({ name, run }: ReadinessCheck): Promise<CheckResult> {
    const began = clock.elapsed();
    const latencyMs = () => Math.round((clock.elapsed() - began) * 100) / 100;
    try {
      await within(timeoutMs, run());
      return { name, status: 'up', latencyMs: latencyMs(), detail: null };
    } catch (error) {
      if (!isFairleadError(error) && !(error instanceof CheckTimeout))
        log.warn({ err: error, check: name }, 'a check failed');
      const told = isFairleadError(error) || error instanceof CheckTimeout;
      const detail = told ? error.message : 'It failed; the log has the cause.';
      return { name, status: 'down', latencyMs: latencyMs(), detail };
    }
  }

  async function runAll(): Promise<Readiness> {
    const results = await Promise.all(checks.map(run));
    return { ready: results.every(({ status }) => status === 'up'), checks: results };
  }

  return () => {
    if (last === undefined || clock.elapsed() - last.at >= keepMs) {
      last = { at: clock.elapsed(), answer: runAll() };
    }
    return last.answer;
  };
}

class CheckTimeout extends Error {}

async function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new CheckTimeout(`No answer within ${limitMs} ms.`)), limitMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
