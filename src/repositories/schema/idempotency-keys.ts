import { index, integer, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { bytes, moment } from './columns.ts';

/** `status`, `headers` and `body` are NULL together for as long as the request is being worked on. */
export const idempotencyKeys = pgTable(
  'idempotency_keys',
  {
    id: text('id').primaryKey(),
    fingerprint: text('fingerprint').notNull(),
    claimant: uuid('claimant').notNull(),
    leaseUntil: moment('lease_until').notNull(),
    expiresAt: moment('expires_at').notNull(),
    status: integer('status'),
    headers: jsonb('headers').$type<Readonly<Record<string, string>>>(),
    body: bytes('body'),
  },
  (table) => [index('idempotency_keys_expiry').on(table.expiresAt)],
);
