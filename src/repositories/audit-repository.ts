import { and, desc, eq, gte, lt, type SQL, sql } from 'drizzle-orm';
import { decodeCursor } from '../domain/cursor.ts';
import type { AuditEvent, AuditFilters, AuditRepository } from '../use-cases/ports/audit-repository.ts';
import { guarded } from './database-errors.ts';
import type { Handle } from './handle.ts';
import { toPage, UUID } from './page.ts';
import { auditEvents } from './schema/audit-events.ts';

const LIST = 'audit';
/** Fits into a bigint whatever the digits. */
const POSITION = /^\d{1,18}$/;

export function createAuditRepository(db: Handle): AuditRepository {
  return guarded<AuditRepository>({
    append: async (event) => {
      await db.insert(auditEvents).values(event);
    },
    list: async ({ limit, cursor, filters }) => {
      const conditions = matching(filters);
      if (cursor !== null) {
        const [position = ''] = decodeCursor(LIST, cursor, [POSITION]);
        conditions.push(lt(auditEvents.position, BigInt(position)));
      }
      const found = await db
        .select()
        .from(auditEvents)
        .where(and(...conditions))
        .orderBy(desc(auditEvents.position))
        .limit(limit + 1);
      return toPage(LIST, limit, found, ({ position }) => [String(position)], toEvent);
    },
  });
}

function matching(filters: AuditFilters): SQL[] {
  const { actor, tokenId, operation, targetType, target, outcome, since, until } = filters;
  const conditions: SQL[] = [];
  if (actor !== undefined) conditions.push(eq(auditEvents.actorName, actor));
  if (tokenId !== undefined)
    conditions.push(UUID.test(tokenId) ? eq(auditEvents.tokenId, tokenId) : sql`false`);
  if (operation !== undefined) conditions.push(matchingOperation(operation));
  if (targetType !== undefined) conditions.push(eq(auditEvents.targetType, targetType));
  if (target !== undefined) conditions.push(eq(auditEvents.targetId, target));
  if (outcome !== undefined) conditions.push(eq(auditEvents.outcome, outcome));
  if (since !== undefined) conditions.push(gte(auditEvents.time, since));
  if (until !== undefined) conditions.push(lt(auditEvents.time, until));
  return conditions;
}

function matchingOperation(pattern: string): SQL {
  if (!pattern.endsWith('.*')) return eq(auditEvents.operation, pattern);
  return sql`starts_with(${auditEvents.operation}, ${pattern.slice(0, -1)})`;
}

function toEvent({ position: _order, ...event }: typeof auditEvents.$inferSelect): AuditEvent {
  return event;
}
