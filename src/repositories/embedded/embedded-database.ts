import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { PGlite } from '@electric-sql/pglite';
import { sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/pglite';
import { migrate } from 'drizzle-orm/pglite/migrator';
import { OperatorError } from '../../domain/operator-error.ts';
import { translateDatabaseError, withDeadline } from '../database-errors.ts';
import type { Database } from '../handle.ts';
import { MIGRATIONS_FOLDER, pendingMigrations } from '../migrations.ts';
import { TABLES } from '../tables.ts';
import { EMBEDDED_POSTGRESQL, openCluster } from './cluster.ts';
import { type LastingCluster, openLasting } from './lasting-cluster.ts';
import { lockFolder } from './lock.ts';
import { unpackTemplate } from './template.ts';

/**
 * Opens the database that runs inside this process, in `<dataDir>/database`, and makes it at the first start.
 *
 * @throws OperatorError when another process has it, another version made it, or the folder cannot be used
 */
export async function openEmbedded(dataDir: string): Promise<Database> {
  const folder = join(resolve(dataDir), 'database');
  await prepareFolder(folder);
  const lock = await lockFolder(folder);
  try {
    const cluster = await openOrCreate(folder);
    const db = drizzle({ client: cluster.client as PGlite });
    const migrated = await pendingMigrations(db);
    if (migrated.length > 0) await migrate(db, { migrationsFolder: MIGRATIONS_FOLDER });
    return {
      db,
      kind: 'embedded',
      migrated,
      ping: async (timeoutMs = 2_000) => {
        await withDeadline(() => db.execute(sql`select 1`), timeoutMs);
      },
      // No autovacuum runs in a single process. Table by table, so that others get their turn in between.
      maintain: async () => {
        for (const table of TABLES) await withDeadline(() => db.execute(sql`vacuum ${table}`), 60_000);
      },
      close: async () => {
        await cluster.close();
        await lock.release();
      },
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function prepareFolder(folder: string): Promise<void> {
  try {
    // PGlite makes files that everybody may write, but for the process' umask. The folder keeps others out.
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await chmod(folder, 0o700);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new OperatorError(
      `The data folder ${folder} cannot be used (${code}). Give it to the user that runs Fairlead, or set FAIRLEAD_DATA_DIR.`,
      { cause: error },
    );
  }
}

async function openOrCreate(folder: string): Promise<LastingCluster> {
  const cluster = join(folder, 'data');
  if (existsSync(cluster)) await checkVersion(folder, cluster);
  else await create(folder, cluster);
  try {
    return await openLasting(cluster);
  } catch (error) {
    throw new OperatorError(
      `The embedded database in ${folder} cannot be opened: ${translateDatabaseError(error).message}\n` +
        'Keep a copy of the folder as it is. docs/database.md tells how to go on from an export or a backup.',
      { cause: error },
    );
  }
}

/** Makes the cluster under another name first: a start that is killed half-way leaves nothing that looks finished. */
async function create(folder: string, cluster: string): Promise<void> {
  const unfinished = join(folder, 'data.unfinished');
  await rm(unfinished, { recursive: true, force: true });
  if (!(await unpackTemplate(unfinished))) {
    const fresh = await openCluster(unfinished);
    await fresh.close();
  }
  await rename(unfinished, cluster);
}

async function checkVersion(folder: string, cluster: string): Promise<void> {
  const made = (await readFile(join(cluster, 'PG_VERSION'), 'utf8').catch(() => 'unknown')).trim();
  if (made === EMBEDDED_POSTGRESQL) return;
  throw new OperatorError(
    `The embedded database in ${folder} was made by PostgreSQL ${made}; this Fairlead brings PostgreSQL ${EMBEDDED_POSTGRESQL}.\n` +
      'To move the data: run `fairlead export fairlead.ndjson` with the Fairlead that made it, move the folder away,\n' +
      'and run `fairlead import fairlead.ndjson` with this one. docs/database.md has the details.',
  );
}
