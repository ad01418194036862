import { createHash } from 'node:crypto';
import { getTableName, sql } from 'drizzle-orm';
import type { PgTable } from 'drizzle-orm/pg-core';
import { type Handle, rows } from '../handle.ts';
import { currentMigration } from '../migrations.ts';
import { TABLES } from '../tables.ts';
import { type ExportHeader, FORMAT, keyColumns, type TransferCounts } from './format.ts';

const BATCH_BYTES = 1024 * 1024;
const FIRST_BATCH_ROWS = 16;
const MOST_BATCH_ROWS = 1_000;

/**
 * Writes all data as of one moment; a server that goes on working on it meanwhile does not matter.
 *
 * @param write takes one or more whole lines; the next are read when it has resolved
 */
export async function exportData(
  db: Handle,
  now: Date,
  write: (lines: string) => Promise<void>,
): Promise<TransferCounts> {
  const hash = createHash('sha256');
  const put = (lines: string) => {
    hash.update(lines);
    return write(lines);
  };
  return db.transaction(
    async (snapshot) => {
      await snapshot.execute(sql`set local timezone to 'UTC'`);
      const tables = await countRows(snapshot);
      const header: ExportHeader = {
        fairleadExport: FORMAT,
        migration: currentMigration(),
        createdAt: now.toISOString(),
        tables,
      };
      await put(`${JSON.stringify(header)}\n`);
      for (const table of TABLES) await exportTable(snapshot, table, put);
      await write(`${JSON.stringify({ sha256: hash.digest('hex') })}\n`);
      return tables;
    },
    { isolationLevel: 'repeatable read', accessMode: 'read only' },
  );
}

/** How many rows each table has, in the order of export. */
export async function countRows(db: Handle): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const table of TABLES) counts[getTableName(table)] = await db.$count(table);
  return counts;
}

async function exportTable(db: Handle, table: PgTable, put: (lines: string) => Promise<void>): Promise<void> {
  const order = keyColumns(table).map((name) => sql.identifier(name));
  await db.execute(
    sql`declare exported no scroll cursor for select to_jsonb(t)::text as line from ${table} t order by ${sql.join(order, sql`, `)}`,
  );
  let size = FIRST_BATCH_ROWS;
  for (;;) {
    const batch = await rows<{ line: string }>(db, sql.raw(`fetch ${size} from exported`));
    if (batch.length === 0) break;
    const lines = batch.map(({ line }) => `${line}\n`).join('');
    await put(lines);
    // Rows of some tables are large: the next batch has as many of them as make about a megabyte.
    const bytesEach = lines.length / batch.length;
    size = Math.max(1, Math.min(MOST_BATCH_ROWS, Math.floor(BATCH_BYTES / bytesEach)));
  }
  await db.execute(sql`close exported`);
}
