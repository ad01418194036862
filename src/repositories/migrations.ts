import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { sql } from 'drizzle-orm';
import { OperatorError } from '../domain/operator-error.ts';
import { type Handle, rows } from './handle.ts';

/** The migrations of this release: beside `src` and beside `dist`. */
export const MIGRATIONS_FOLDER = fileURLToPath(new URL('../../drizzle', import.meta.url));

interface Migration {
  /** Such as `0000_foundation`. */
  readonly tag: string;
  /** Milliseconds; Drizzle's key for what has been applied. */
  readonly when: number;
}

/** All migrations of this release, oldest first. */
export function knownMigrations(): readonly Migration[] {
  const journal = readFileSync(`${MIGRATIONS_FOLDER}/meta/_journal.json`, 'utf8');
  return (JSON.parse(journal) as { entries: Migration[] }).entries;
}

/** The newest migration of this release: names the form that all data is in. */
export function currentMigration(): string {
  return knownMigrations().at(-1)?.tag ?? 'none';
}

/**
 * Names of the migrations that the database lacks.
 *
 * @throws OperatorError when the database has migrations that this release does not know
 */
export async function pendingMigrations(db: Handle): Promise<string[]> {
  const known = knownMigrations();
  const applied = await lastApplied(db);
  if (applied > (known.at(-1)?.when ?? 0)) {
    throw new OperatorError(
      'A newer Fairlead has brought this database to a form that this one does not know.\n' +
        'Start the newer one, or restore a backup from before the upgrade.',
    );
  }
  return known.filter(({ when }) => when > applied).map(({ tag }) => tag);
}

async function lastApplied(db: Handle): Promise<number> {
  const [journal] = await rows<{ found: boolean }>(
    db,
    sql`select to_regclass('drizzle.__drizzle_migrations') is not null as found`,
  );
  if (journal?.found !== true) return 0;
  const [last] = await rows<{ at: string | null }>(
    db,
    sql`select max(created_at)::text as at from drizzle.__drizzle_migrations`,
  );
  return Number(last?.at ?? 0);
}
