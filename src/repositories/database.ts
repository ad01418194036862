import type { Database } from './handle.ts';

export interface DatabaseConfig {
  /** A PostgreSQL, or `null` for the embedded database. */
  readonly databaseUrl: string | null;
  /** Holds the embedded database in its folder `database`. */
  readonly dataDir: string;
}

export interface OpenOptions {
  /** Ends the waiting for a PostgreSQL that is not up. */
  readonly signal?: AbortSignal;
  /** Told once when the start has to wait for PostgreSQL. No secrets. */
  readonly onWait?: (message: string) => void;
  /** For moving all data: statements and pauses may take as long as they need. */
  readonly unhurried?: boolean;
}

/**
 * Opens the database of this process and brings it to this release's form.
 *
 * @throws OperatorError with what to do about it
 */
export async function openDatabase(
  { databaseUrl, dataDir }: DatabaseConfig,
  { unhurried = false, ...options }: OpenOptions = {},
): Promise<Database> {
  // Only the driver that is used is loaded: the embedded database alone is more than half of the process' memory.
  if (databaseUrl === null) {
    const { openEmbedded } = await import('./embedded/embedded-database.ts');
    return openEmbedded(dataDir);
  }
  const { openPostgresql } = await import('./postgresql/postgresql-database.ts');
  const limits = unhurried ? { statementTimeoutMs: 0, silenceMs: 0 } : {};
  return openPostgresql(databaseUrl, { ...limits, ...options });
}
