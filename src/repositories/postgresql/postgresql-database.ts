import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate } from 'drizzle-orm/postgres-js/migrator';
import { OperatorError } from '../../domain/operator-error.ts';
import { DatabaseError, translateDatabaseError, withDeadline } from '../database-errors.ts';
import type { Database } from '../handle.ts';
import { MIGRATIONS_FOLDER, pendingMigrations } from '../migrations.ts';
import { openPool } from './driver.ts';
import { type WaitOptions, waitUntilUp } from './wait-until-up.ts';

export interface PostgresqlOptions extends WaitOptions {
  /** The server ends statements that run longer; 0: never. */
  readonly statementTimeoutMs: number;
  /** A connection on which nothing arrives for so long is given up; longer than `statementTimeoutMs`. */
  readonly silenceMs: number;
}

const DEFAULTS: PostgresqlOptions = { waitMs: 30_000, statementTimeoutMs: 30_000, silenceMs: 60_000 };
const POOL_SIZE = 8;
/** The name of our advisory lock: any number that no other program takes in the same database. */
const MIGRATION_LOCK = 7_246_913_581;
const MIGRATION_TIMEOUT_MS = 300_000;

/**
 * Connects to a PostgreSQL, waits for it if need be, and brings the database to this release's form.
 *
 * @param url `postgres://user:password@host:port/database`; the password appears in no message
 * @throws OperatorError when the server does not answer in time, refuses the login, or holds newer data
 */
export async function openPostgresql(url: string, given: Partial<PostgresqlOptions> = {}): Promise<Database> {
  const options = { ...DEFAULTS, ...given };
  const client = openPool(url, POOL_SIZE, options.silenceMs, {
    statement_timeout: options.statementTimeoutMs,
    idle_in_transaction_session_timeout: options.silenceMs,
  });
  try {
    await waitUntilUp(client, options);
    const db = drizzle(client);
    const pending = await pendingMigrations(db);
    const migrated = pending.length > 0 ? await migrateLocked(url) : [];
    return {
      db,
      kind: 'postgresql',
      migrated,
      ping: async (timeoutMs = 2_000) => {
        await withDeadline(() => db.execute(sql`select 1`), timeoutMs);
      },
      // Autovacuum does it.
      maintain: async () => undefined,
      close: () => client.end({ timeout: 2 }),
    };
  } catch (error) {
    await client.end({ timeout: 0 });
    throw error;
  }
}

/** Of several servers that start at once, one migrates and the others wait for it. Answers what this one has applied. */
async function migrateLocked(url: string): Promise<string[]> {
  // A connection of its own: the lock belongs to it and goes with it, and no limit of the pool cuts a migration short.
  const client = openPool(url, 1, MIGRATION_TIMEOUT_MS, { lock_timeout: MIGRATION_TIMEOUT_MS });
  const db = drizzle(client);
  try {
    await db.execute(sql`select pg_advisory_lock(${MIGRATION_LOCK})`);
    const pending = await pendingMigrations(db);
    if (pending.length > 0) await migrate(db, { migrationsFolder: MIGRATIONS_FOLDER });
    return pending;
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    throw new OperatorError(`The database could not be migrated: ${reasonOf(error)}`, { cause: error });
  } finally {
    await client.end({ timeout: 5 });
  }
}

function reasonOf(error: unknown): string {
  const translated = translateDatabaseError(error);
  return translated.cause instanceof DatabaseError ? translated.cause.message : translated.message;
}
