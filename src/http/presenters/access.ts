import { type Actor, permits } from '../../domain/access.ts';
import { operation, operationNames } from '../../domain/operations.ts';
import type { AuditEvent } from '../../use-cases/ports/audit-repository.ts';
import type { TokenRecord } from '../../use-cases/ports/token-repository.ts';
import { etagOf } from '../etag.ts';

/** A stored token as JSON; of the token itself nothing is left that could be shown. */
export function presentToken(token: TokenRecord) {
  const { id, name, role, permissions, hosts, stacks, projects, createdBy } = token;
  return {
    ...{ id, name, role, permissions, hosts, stacks, projects, createdBy },
    createdAt: token.createdAt.toISOString(),
    expiresAt: time(token.expiresAt),
    revokedAt: time(token.revokedAt),
    lastUsedAt: time(token.lastUsedAt),
  };
}

/** Changes with everything that someone decides about a token; its use alone is no change. */
export function tokenEtag({ id, name, role, revokedAt, expiresAt, ...token }: TokenRecord): string {
  const { permissions, hosts, stacks, projects } = token;
  const narrowing = JSON.stringify([permissions, hosts, stacks, projects]);
  return etagOf(id, name, role, narrowing, time(expiresAt), time(revokedAt));
}

/** What an actor's own token may do. */
export function presentWhoami(actor: Actor, token: TokenRecord) {
  const { id, name, role, permissions, hosts, stacks, projects, expiresAt } = token;
  const operations = operationNames().filter((op) => operation(op).role !== 'public' && permits(actor, op));
  return { id, name, role, permissions, hosts, stacks, projects, expiresAt: time(expiresAt), operations };
}

export function presentAuditEvent(event: AuditEvent) {
  return { ...event, time: event.time.toISOString() };
}

function time(moment: Date | null): string | null {
  return moment?.toISOString() ?? null;
}
