import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServerProcessOptions } from '../support/server-process.ts';
import { testDatabase } from '../support/testbed-database.ts';

/** A database that outlives the servers that are started on it. */
export interface Database extends AsyncDisposable {
  readonly options: Partial<ServerProcessOptions>;
}

/** PostgreSQL of the test bed. */
export async function postgresDatabase(): Promise<Database> {
  const database = await testDatabase();
  const folder = await embeddedDatabase();
  return {
    options: { ...folder.options, databaseUrl: database.url },
    async [Symbol.asyncDispose]() {
      await database[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** The one that comes with the server, in a folder of its own. */
export async function embeddedDatabase(): Promise<Database> {
  const dataDir = await mkdtemp(join(tmpdir(), 'fairlead-bench-'));
  return {
    options: { dataDir },
    [Symbol.asyncDispose]: () => rm(dataDir, { recursive: true, force: true }),
  };
}
