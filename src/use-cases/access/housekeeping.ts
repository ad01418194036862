import type { Clock } from '../ports/clock.ts';
import type { IdempotencyRepository } from '../ports/idempotency-repository.ts';
import type { Log } from '../ports/log.ts';
import type { TicketRepository } from '../ports/ticket-repository.ts';

export interface HousekeepingDeps {
  readonly tickets: Pick<TicketRepository, 'purge'>;
  readonly idempotency: Pick<IdempotencyRepository, 'purge'>;
  readonly clock: Clock;
  readonly log: Log;
  /** What the database itself wants done now and then. */
  readonly maintain: () => Promise<void>;
  readonly everyMs?: number;
}

const EVERY_MS = 600_000;

/** Deletes expired tickets and idempotency keys now and then, and lets the database tidy up. Answers how to stop it. */
export function startHousekeeping(deps: HousekeepingDeps): { stop(): Promise<void> } {
  const { tickets, idempotency, clock, log, maintain, everyMs = EVERY_MS } = deps;
  let running = Promise.resolve();

  async function purge(): Promise<void> {
    const now = clock.now();
    try {
      await tickets.purge(now);
      await idempotency.purge(now);
      await maintain();
    } catch (error) {
      log.warn({ err: error }, 'housekeeping failed; the next try is in a while');
    }
  }

  const timer = setInterval(() => {
    running = running.then(purge);
  }, everyMs);
  timer.unref();
  return {
    async stop() {
      clearInterval(timer);
      await running;
    },
  };
}
