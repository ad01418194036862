import { setTimeout as delay } from 'node:timers/promises';
import type postgres from 'postgres';
import { isFairleadError } from '../../domain/errors.ts';
import { OperatorError } from '../../domain/operator-error.ts';
import { DatabaseError, withDeadline } from '../database-errors.ts';

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;

export interface WaitOptions {
  readonly waitMs: number;
  /** Ends the waiting. */
  readonly signal?: AbortSignal;
  /** Told once, when there is something to wait for. No secrets. */
  readonly onWait?: (message: string) => void;
}

/**
 * Asks a server that may still be starting again and again, with growing pauses.
 *
 * @throws OperatorError when the time is over, or at once for what waiting does not cure: login, database, certificate
 */
export async function waitUntilUp(
  client: postgres.Sql,
  { waitMs, signal, onWait }: WaitOptions,
): Promise<void> {
  const server = place(client);
  const deadline = performance.now() + waitMs;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    const failure = await ask(client, Math.max(deadline - performance.now(), 1));
    if (failure === null) return;
    if (failure.hopeless)
      throw new OperatorError(`${server} refuses: ${failure.reason}\nCheck DATABASE_URL.`);
    if (performance.now() + pause > deadline) {
      const inTime = `within ${waitMs / 1000} s`;
      throw new OperatorError(
        `${server} did not get ready ${inTime}: ${failure.reason}\nCheck that it runs and that DATABASE_URL names it.`,
      );
    }
    if (pause === FIRST_PAUSE_MS)
      onWait?.(`${server} is not ready (${failure.reason}); waiting up to ${waitMs / 1000} s`);
    await delay(pause, undefined, signal && { signal });
  }
}

async function ask(
  client: postgres.Sql,
  timeoutMs: number,
): Promise<{ reason: string; hopeless: boolean } | null> {
  try {
    await withDeadline(() => client`select 1`, timeoutMs);
    return null;
  } catch (error) {
    const unavailable = isFairleadError(error);
    const cause = unavailable ? (error.cause ?? error) : error;
    const refused = cause instanceof DatabaseError && /^(28|3D)/.test(cause.sqlState ?? '');
    const reason = cause instanceof Error ? cause.message : 'it failed';
    return { reason, hopeless: !unavailable || refused };
  }
}

/** Names the server without the password. */
function place({ options }: postgres.Sql): string {
  const hosts = options.host.map((host, index) => `${host}:${options.port[index]}`).join(', ');
  return `PostgreSQL at ${options.path || hosts} (database "${options.database}", user "${options.user}")`;
}
