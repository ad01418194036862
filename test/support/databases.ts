import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '../../src/repositories/database.ts';
import type { Database } from '../../src/repositories/handle.ts';
import { testDatabase } from './testbed-database.ts';

/** A new folder of a test's own, removed when disposed. */
export interface TestFolder extends AsyncDisposable {
  readonly path: string;
}

export async function testFolder(): Promise<TestFolder> {
  const path = await mkdtemp(join(tmpdir(), 'fairlead-test-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** A fresh, migrated database. Disposing it closes and removes it. */
export interface OpenTestDatabase extends AsyncDisposable {
  readonly database: Database;
}

async function openEmbedded(): Promise<OpenTestDatabase> {
  const folder = await testFolder();
  const database = await openDatabase({ databaseUrl: null, dataDir: folder.path });
  return {
    database,
    [Symbol.asyncDispose]: async () => {
      await database.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

async function openPostgresql(): Promise<OpenTestDatabase> {
  const empty = await testDatabase();
  const database = await openDatabase({ databaseUrl: empty.url, dataDir: '/nowhere' });
  return {
    database,
    [Symbol.asyncDispose]: async () => {
      await database.close();
      await empty[Symbol.asyncDispose]();
    },
  };
}

/** Both databases the server runs on. For `describe.each(DATABASES)`. */
export const DATABASES = [
  { kind: 'embedded', open: openEmbedded },
  { kind: 'postgresql', open: openPostgresql },
] as const;
