import { getTableName } from 'drizzle-orm';
import { getTableConfig, type PgTable } from 'drizzle-orm/pg-core';
import { OperatorError } from '../../domain/operator-error.ts';
import { currentMigration } from '../migrations.ts';
import { TABLES } from '../tables.ts';

// An export is lines of JSON: a header; the rows of each table, in the header's order and number; and a last line with
// the SHA-256 of all bytes before it. PostgreSQL itself turns rows into JSON and back, so that no value passes through
// JavaScript's numbers and dates, and a new table needs no code here.

/** Raised when files of the former form can no longer be read. */
export const FORMAT = 1;

export interface ExportHeader {
  readonly fairleadExport: number;
  /** The newest migration of the database; rows fit only into a database with the same. */
  readonly migration: string;
  /** When the export began, ISO 8601. */
  readonly createdAt: string;
  /** How many rows of each table follow, in this order. */
  readonly tables: Readonly<Record<string, number>>;
}

export interface ExportEnd {
  readonly sha256: string;
}

/** What was moved: rows by table. */
export type TransferCounts = Readonly<Record<string, number>>;

/** Names of a table's primary key columns. */
export function keyColumns(table: PgTable): string[] {
  const { columns, primaryKeys } = getTableConfig(table);
  const composite = primaryKeys.flatMap((key) => key.columns);
  return [...columns.filter(({ primary }) => primary), ...composite].map(({ name }) => name);
}

/** Names of the columns that PostgreSQL numbers by itself. */
export function identityColumns(table: PgTable): string[] {
  return getTableConfig(table)
    .columns.filter(({ generatedIdentity }) => generatedIdentity !== undefined)
    .map(({ name }) => name);
}

/**
 * Reads the first line of an export.
 *
 * @throws OperatorError when the file is none, or holds data in another form than this release's
 */
export function parseHeader(line: string | null): ExportHeader {
  const header = line === null ? null : parseObject<ExportHeader>(line);
  if (header === null || typeof header.fairleadExport !== 'number' || typeof header.tables !== 'object') {
    throw new OperatorError('This is not an export of Fairlead: the first line is not its header.');
  }
  if (header.fairleadExport !== FORMAT) {
    throw new OperatorError(
      `This is an export of format ${header.fairleadExport}; this Fairlead reads format ${FORMAT}. Use the release that wrote it.`,
    );
  }
  const expected = TABLES.map(getTableName);
  const isComplete = Object.keys(header.tables).join() === expected.join();
  if (header.migration !== currentMigration() || !isComplete) {
    throw new OperatorError(
      `The export holds data in the form ${header.migration}; this Fairlead stores the form ${currentMigration()}.\n` +
        'Import it with the release that wrote it, into a PostgreSQL; then start this release on that: it brings the data\n' +
        'to its own form. From there, export and import with this release.',
    );
  }
  return header;
}

/**
 * Reads the last line of an export.
 *
 * @throws OperatorError when the file ends before it
 */
export function parseEnd(line: string | null): ExportEnd {
  const end = line === null ? null : parseObject<ExportEnd>(line);
  if (end !== null && typeof end.sha256 === 'string') return end;
  throw new OperatorError('The export is not complete: its last line is missing. Nothing was imported.');
}

function parseObject<T extends object>(line: string): T | null {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as T) : null;
  } catch {
    return null;
  }
}
