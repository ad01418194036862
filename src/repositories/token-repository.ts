import { and, count, desc, eq, gt, isNull, lt, or, sql } from 'drizzle-orm';
import { decodeCursor } from '../domain/cursor.ts';
import type { TokenRecord, TokenRepository } from '../use-cases/ports/token-repository.ts';
import { guarded } from './database-errors.ts';
import type { Handle } from './handle.ts';
import { toPage, UUID } from './page.ts';
import { tokens } from './schema/tokens.ts';

const LIST = 'tokens';
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

export function createTokenRepository(db: Handle): TokenRepository {
  return guarded<TokenRepository>({
    insert: async (token) => {
      await db.insert(tokens).values(token);
    },
    findByHash: async (hash) => {
      const [row] = await db.select().from(tokens).where(eq(tokens.hash, hash));
      return row ? toRecord(row) : null;
    },
    get: async (id) => {
      if (!UUID.test(id)) return null;
      const [row] = await db.select().from(tokens).where(eq(tokens.id, id));
      return row ? toRecord(row) : null;
    },
    list: async ({ limit, cursor }) => {
      const found = await db
        .select()
        .from(tokens)
        .where(cursor === null ? undefined : olderThan(cursor))
        .orderBy(desc(tokens.createdAt), desc(tokens.id))
        .limit(limit + 1);
      return toPage(LIST, limit, found, ({ createdAt, id }) => [createdAt.toISOString(), id], toRecord);
    },
    revoke: async (id, at) => {
      if (!UUID.test(id)) return false;
      const revoked = await db
        .update(tokens)
        .set({ revokedAt: at })
        .where(and(eq(tokens.id, id), isNull(tokens.revokedAt)))
        .returning({ id: tokens.id });
      return revoked.length > 0;
    },
    countActiveAdmins: async (at) => {
      const [row] = await db
        .select({ admins: count() })
        .from(tokens)
        .where(
          and(
            eq(tokens.role, 'admin'),
            isNull(tokens.permissions),
            isNull(tokens.hosts),
            isNull(tokens.stacks),
            isNull(tokens.projects),
            isNull(tokens.revokedAt),
            or(isNull(tokens.expiresAt), gt(tokens.expiresAt, at)),
          ),
        );
      return row?.admins ?? 0;
    },
    touch: async (id, at) => {
      await db
        .update(tokens)
        .set({ lastUsedAt: at })
        .where(and(eq(tokens.id, id), or(isNull(tokens.lastUsedAt), lt(tokens.lastUsedAt, at))));
    },
  });
}

function olderThan(cursor: string) {
  const [createdAt, id] = decodeCursor(LIST, cursor, [TIME, UUID]);
  return sql`(${tokens.createdAt}, ${tokens.id}) < (${createdAt}::timestamptz, ${id}::uuid)`;
}

function toRecord({ hash: _secret, ...record }: typeof tokens.$inferSelect): TokenRecord {
  return record;
}
