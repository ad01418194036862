import type { Logger } from 'pino';
import type { AppDeps } from './app.ts';
import type { Config } from './config.ts';
import { createMetrics } from './http/metrics.ts';
import { createAuditRepository } from './repositories/audit-repository.ts';
import { openDatabase } from './repositories/database.ts';
import { createIdempotencyRepository } from './repositories/idempotency-repository.ts';
import { createTicketRepository } from './repositories/ticket-repository.ts';
import { createTokenRepository } from './repositories/token-repository.ts';
import type { ShutdownPhase } from './shutdown.ts';
import { createAccess, SYSTEM_CLOCK } from './use-cases/access/access.ts';
import { type Bootstrap, bootstrapAdmin } from './use-cases/access/bootstrap-admin.ts';
import { startHousekeeping } from './use-cases/access/housekeeping.ts';

export interface Dependencies {
  readonly deps: AppDeps;
  /** Makes sure that somebody can get in. */
  readonly bootstrap: () => Promise<Bootstrap>;
  /** What is to be closed when the app is, in its order. */
  readonly phases: readonly ShutdownPhase[];
}

/** The one place where ports meet their implementations. */
export async function createDependencies(
  config: Config,
  logger: Logger,
  signal?: AbortSignal,
): Promise<Dependencies> {
  const database = await openDatabase(config, {
    ...(signal === undefined ? {} : { signal }),
    onWait: (message) => logger.warn(message),
  });
  const clock = SYSTEM_CLOCK;
  const metrics = createMetrics();
  const tokens = createTokenRepository(database.db);
  const tickets = createTicketRepository(database.db);
  const idempotency = createIdempotencyRepository(database.db);
  const audit = createAuditRepository(database.db);
  const access = createAccess({ tokens, tickets, audit, idempotency, log: logger, clock });
  const housekeeping = startHousekeeping({ tickets, idempotency, clock, log: logger });

  return {
    deps: {
      logger,
      http: { allowedOrigins: config.allowedOrigins, trustedProxies: config.trustedProxies },
      metrics,
      access,
    },
    bootstrap: () => bootstrapAdmin({ tokens, clock })(config.adminToken),
    phases: [
      {
        name: 'write the audit trail',
        limitMs: 2_000,
        run: async () => {
          await housekeeping.stop();
          await access.trail.close(1_500);
          await access.authenticator.close();
        },
      },
      { name: 'close the database', limitMs: 3_000, run: () => database.close() },
    ],
  };
}
