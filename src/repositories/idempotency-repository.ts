import { and, eq, isNull, lte, or, type SQL, sql } from 'drizzle-orm';
import type {
  Claim,
  ClaimRequest,
  IdempotencyRepository,
} from '../use-cases/ports/idempotency-repository.ts';
import { guarded } from './database-errors.ts';
import type { Handle } from './handle.ts';
import { idempotencyKeys } from './schema/idempotency-keys.ts';

/** A claim that is neither won nor found was given back in between; more than a few times in a row is a fault. */
const ATTEMPTS = 5;

export function createIdempotencyRepository(db: Handle): IdempotencyRepository {
  return guarded<IdempotencyRepository>({
    claim: async (request) => {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        if (await win(db, request)) return { state: 'claimed' };
        const standing = await find(db, request.id);
        if (standing) return standing;
      }
      return { state: 'in-progress', fingerprint: request.fingerprint };
    },
    renew: async (id, claimant, leaseUntil) => {
      const renewed = await db
        .update(idempotencyKeys)
        .set({ leaseUntil })
        .where(heldBy(id, claimant))
        .returning({ id: idempotencyKeys.id });
      return renewed.length > 0;
    },
    complete: async (id, claimant, { status, headers, body }) => {
      const completed = await db
        .update(idempotencyKeys)
        .set({ status, headers, body })
        .where(heldBy(id, claimant))
        .returning({ id: idempotencyKeys.id });
      return completed.length > 0;
    },
    release: async (id, claimant) => {
      await db.delete(idempotencyKeys).where(heldBy(id, claimant));
    },
    purge: async (now) => {
      const purged = await db
        .delete(idempotencyKeys)
        .where(lte(idempotencyKeys.expiresAt, now))
        .returning({ id: idempotencyKeys.id });
      return purged.length;
    },
  });
}

/**
 * One statement decides: it inserts, or takes over a row that is forgotten or, for an equal request, one whose server
 * has stopped renewing it.
 */
async function win(
  db: Handle,
  { id, fingerprint, claimant, now, leaseUntil, expiresAt }: ClaimRequest,
): Promise<boolean> {
  const fresh = { fingerprint, claimant, leaseUntil, expiresAt, status: null, headers: null, body: null };
  const { expiresAt: forgottenAt, leaseUntil: leasedUntil, status, fingerprint: asked } = idempotencyKeys;
  const abandoned = and(isNull(status), lte(leasedUntil, now), eq(asked, fingerprint));
  const won = await db
    .insert(idempotencyKeys)
    .values({ id, ...fresh })
    .onConflictDoUpdate({
      target: idempotencyKeys.id,
      set: fresh,
      setWhere: or(lte(forgottenAt, now), abandoned) ?? sql`false`,
    })
    .returning({ id: idempotencyKeys.id });
  return won.length > 0;
}

async function find(db: Handle, id: string): Promise<Claim | null> {
  const [row] = await db.select().from(idempotencyKeys).where(eq(idempotencyKeys.id, id));
  if (!row) return null;
  const { fingerprint, status, headers, body } = row;
  if (status === null || headers === null || body === null) return { state: 'in-progress', fingerprint };
  return { state: 'done', fingerprint, answer: { status, headers, body } };
}

function heldBy(id: string, claimant: string): SQL | undefined {
  return and(
    eq(idempotencyKeys.id, id),
    eq(idempotencyKeys.claimant, claimant),
    isNull(idempotencyKeys.status),
  );
}
