import { getTableName, sql } from 'drizzle-orm';
import type { PgTable } from 'drizzle-orm/pg-core';
import { OperatorError } from '../../domain/operator-error.ts';
import { DatabaseError, translateDatabaseError } from '../database-errors.ts';
import type { Handle } from '../handle.ts';
import { TABLES } from '../tables.ts';
import { countRows } from './export-data.ts';
import { identityColumns, parseEnd, parseHeader, type TransferCounts } from './format.ts';
import { type LineReader, readLines } from './lines.ts';

const BATCH_BYTES = 1024 * 1024;
const BATCH_ROWS = 1_000;

/**
 * Reads an export into the database: all of it, or nothing.
 *
 * @param replace whether to delete what the database holds; without it, a database that holds anything is refused
 * @throws OperatorError when the file is broken or of another form, or the database is not empty
 */
export async function importData(
  db: Handle,
  source: AsyncIterable<Buffer>,
  replace: boolean,
): Promise<TransferCounts> {
  const lines = readLines(source);
  const { tables } = parseHeader(await lines.next());
  const all = sql.join(
    TABLES.map((table) => sql`${table}`),
    sql`, `,
  );
  try {
    await db.transaction(async (transaction) => {
      await transaction.execute(sql`lock table ${all} in access exclusive mode`);
      if (replace) await empty(transaction);
      else await refuseUnlessEmpty(transaction);
      for (const table of TABLES)
        await importTable(transaction, table, tables[getTableName(table)] ?? 0, lines);
      await checkEnd(lines);
      for (const table of TABLES) await continueNumbering(transaction, table);
    });
  } catch (error) {
    throw explain(error);
  }
  return tables;
}

async function refuseUnlessEmpty(db: Handle): Promise<void> {
  const counts = Object.entries(await countRows(db)).filter(([, count]) => count > 0);
  if (counts.length === 0) return;
  const found = counts.map(([table, count]) => `${table} (${count})`).join(', ');
  throw new OperatorError(
    `The database is not empty: ${found}.\nImport into a new one, or delete what it holds with --replace.`,
  );
}

async function empty(db: Handle): Promise<void> {
  // Triggers that keep a table from being emptied are laid aside within this transaction only.
  for (const table of TABLES) await db.execute(sql`alter table ${table} disable trigger user`);
  const all = sql.join(
    TABLES.map((table) => sql`${table}`),
    sql`, `,
  );
  await db.execute(sql`truncate ${all}`);
  for (const table of TABLES) await db.execute(sql`alter table ${table} enable trigger user`);
}

async function importTable(db: Handle, table: PgTable, count: number, lines: LineReader): Promise<void> {
  let batch: string[] = [];
  let bytes = 0;
  const flush = async () => {
    if (batch.length === 0) return;
    const data = `[${batch.join(',')}]`;
    await db.execute(
      sql`insert into ${table} select * from jsonb_populate_recordset(null::${table}, ${data}::jsonb)`,
    );
    batch = [];
    bytes = 0;
  };
  for (let index = 0; index < count; index++) {
    const line = await lines.next();
    if (line === null) throw new OperatorError('The export is not complete. Nothing was imported.');
    batch.push(line);
    bytes += line.length;
    if (bytes >= BATCH_BYTES || batch.length >= BATCH_ROWS) await flush();
  }
  await flush();
}

async function checkEnd(lines: LineReader): Promise<void> {
  const { sha256 } = parseEnd(await lines.next());
  if (sha256 !== lines.hashBeforeLast()) {
    throw new OperatorError(
      'The export was changed or damaged: its checksum does not fit. Nothing was imported.',
    );
  }
  if ((await lines.next()) !== null) {
    throw new OperatorError('Something follows the end of the export. Nothing was imported.');
  }
}

async function continueNumbering(db: Handle, table: PgTable): Promise<void> {
  for (const name of identityColumns(table)) {
    const column = sql.identifier(name);
    await db.execute(
      sql`select setval(pg_get_serial_sequence(${getTableName(table)}, ${name}), (select coalesce(max(${column}), 0) + 1 from ${table}), false)`,
    );
  }
}

/** What PostgreSQL says to a row that does not fit is about the file, not about this program. */
function explain(error: unknown): Error {
  if (error instanceof OperatorError) return error;
  const translated = translateDatabaseError(error);
  if (!(translated instanceof DatabaseError) || !/^2[23]/.test(translated.sqlState ?? '')) return translated;
  return new OperatorError(
    `The export holds a row that does not fit: ${translated.message} Nothing was imported.`,
  );
}
