import { bigint, index, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import type { AuditEvent, AuditOutcome } from '../../use-cases/ports/audit-repository.ts';
import { moment } from './columns.ts';

/** Append-only: triggers in the migrations refuse UPDATE, DELETE and TRUNCATE. References nothing, so that nothing can take lines along. */
export const auditEvents = pgTable(
  'audit_events',
  {
    id: uuid('id').primaryKey(),
    position: bigint('position', { mode: 'bigint' }).notNull().unique().generatedByDefaultAsIdentity(),
    time: moment('time').notNull(),
    tokenId: uuid('token_id'),
    actorName: text('actor_name').notNull(),
    operation: text('operation').notNull(),
    targetType: text('target_type').notNull(),
    targetId: text('target_id'),
    host: text('host'),
    outcome: text('outcome').$type<AuditOutcome>().notNull(),
    errorCode: text('error_code'),
    requestId: text('request_id').notNull(),
    address: text('address').notNull(),
    details: jsonb('details').$type<NonNullable<AuditEvent['details']>>(),
  },
  (table) => [
    index('audit_events_time').on(table.time),
    index('audit_events_token').on(table.tokenId, table.position),
    index('audit_events_operation').on(table.operation, table.position),
    index('audit_events_target').on(table.targetId, table.position),
  ],
);
