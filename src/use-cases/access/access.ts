import type { AuditRepository } from '../ports/audit-repository.ts';
import type { Clock } from '../ports/clock.ts';
import type { IdempotencyRepository } from '../ports/idempotency-repository.ts';
import type { Log } from '../ports/log.ts';
import type { TicketRepository } from '../ports/ticket-repository.ts';
import type { TokenRepository } from '../ports/token-repository.ts';
import { type AuditTrail, createAuditTrail } from './audit-trail.ts';
import { type Authenticator, createAuthenticator } from './authenticator.ts';
import { createToken } from './create-token.ts';
import { getToken } from './get-token.ts';
import { issueTicket } from './issue-ticket.ts';
import { listAudit } from './list-audit.ts';
import { listTokens } from './list-tokens.ts';
import { revokeToken } from './revoke-token.ts';

export interface AccessDeps {
  readonly tokens: TokenRepository;
  readonly tickets: TicketRepository;
  readonly audit: AuditRepository;
  readonly idempotency: IdempotencyRepository;
  readonly log: Log;
  readonly clock?: Clock;
}

/** Everything about who may come in and what is kept of what they did; one for a process. */
export interface Access {
  readonly clock: Clock;
  readonly authenticator: Authenticator;
  readonly trail: AuditTrail;
  readonly idempotency: IdempotencyRepository;
  readonly createToken: ReturnType<typeof createToken>;
  readonly getToken: ReturnType<typeof getToken>;
  readonly listTokens: ReturnType<typeof listTokens>;
  readonly revokeToken: ReturnType<typeof revokeToken>;
  readonly issueTicket: ReturnType<typeof issueTicket>;
  readonly listAudit: ReturnType<typeof listAudit>;
}

export const SYSTEM_CLOCK: Clock = { now: () => new Date(), elapsed: () => performance.now() };

/** Joins the use cases of access over their ports. Close `trail` and `authenticator` before the database. */
export function createAccess({ clock = SYSTEM_CLOCK, ...ports }: AccessDeps): Access {
  const authenticator = createAuthenticator({ ...ports, clock });
  return {
    clock,
    authenticator,
    trail: createAuditTrail({ ...ports, clock }),
    idempotency: ports.idempotency,
    createToken: createToken({ ...ports, clock }),
    getToken: getToken(ports),
    listTokens: listTokens(ports),
    revokeToken: revokeToken({ ...ports, clock, authenticator }),
    issueTicket: issueTicket({ ...ports, clock }),
    listAudit: listAudit(ports),
  };
}
