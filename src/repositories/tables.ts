import type { PgTable } from 'drizzle-orm/pg-core';
import { auditEvents } from './schema/audit-events.ts';
import { idempotencyKeys } from './schema/idempotency-keys.ts';
import { settings } from './schema/settings.ts';
import { tokens } from './schema/tokens.ts';
import { wsTickets } from './schema/ws-tickets.ts';

/**
 * Every table, each after the ones it references: what export and import go through.
 * A test fails when the database has a table that is missing here.
 */
export const TABLES: readonly PgTable[] = [settings, tokens, wsTickets, idempotencyKeys, auditEvents];
