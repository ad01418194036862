import { pgTable, text, uuid } from 'drizzle-orm/pg-core';
import type { Role } from '../../domain/operations.ts';
import { moment, names } from './columns.ts';

export const tokens = pgTable('tokens', {
  id: uuid('id').primaryKey(),
  hash: text('hash').notNull().unique(),
  name: text('name').notNull(),
  role: text('role').$type<Role>().notNull(),
  permissions: names('permissions'),
  hosts: names('hosts'),
  stacks: names('stacks'),
  projects: names('projects'),
  createdAt: moment('created_at').notNull(),
  createdBy: uuid('created_by'),
  expiresAt: moment('expires_at'),
  revokedAt: moment('revoked_at'),
  lastUsedAt: moment('last_used_at'),
});
