import type { SQL } from 'drizzle-orm';
import type { PgDatabase, PgQueryResultHKT } from 'drizzle-orm/pg-core';

/** The database, or a transaction on it, whichever driver is below. */
export type Handle = PgDatabase<PgQueryResultHKT>;

/** The database of this process. */
export interface Database {
  readonly db: Handle;
  readonly kind: 'embedded' | 'postgresql';
  /** Names of the migrations that this start has applied. */
  readonly migrated: readonly string[];
  /** Resolves when the database answers; throws DATABASE_UNAVAILABLE when it does not within `timeoutMs` (2000). */
  ping(timeoutMs?: number): Promise<void>;
  /** Housekeeping that PostgreSQL does by itself and the embedded database does not. Call it now and then. */
  maintain(): Promise<void>;
  /** Ends all connections, or closes the embedded database and gives its folder free. Later queries fail. */
  close(): Promise<void>;
}

/** Runs a statement as it is. The two drivers wrap its rows differently. */
export async function rows<Row>(db: Handle, statement: SQL): Promise<Row[]> {
  const result: unknown = await db.execute(statement);
  if (Array.isArray(result)) return result as Row[];
  return (result as { rows: Row[] }).rows;
}
