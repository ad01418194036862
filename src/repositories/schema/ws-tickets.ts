import { index, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { moment } from './columns.ts';
import { tokens } from './tokens.ts';

export const wsTickets = pgTable(
  'ws_tickets',
  {
    hash: text('hash').primaryKey(),
    tokenId: uuid('token_id')
      .notNull()
      .references(() => tokens.id, { onDelete: 'cascade' }),
    address: text('address').notNull(),
    expiresAt: moment('expires_at').notNull(),
  },
  (table) => [index('ws_tickets_expiry').on(table.expiresAt)],
);
