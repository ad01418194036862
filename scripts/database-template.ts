// Makes the template from which the embedded database is unpacked at the first start. Part of `npm run build`.
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openCluster } from '../src/repositories/embedded/cluster.ts';
import { packTemplate, TEMPLATE_FILE } from '../src/repositories/embedded/template.ts';

/** What the template depends on: the version of the database engine, and how it is set up. */
const SOURCES = ['../package-lock.json', '../src/repositories/embedded/cluster.ts'];

async function isUpToDate(): Promise<boolean> {
  const made = await stat(TEMPLATE_FILE).catch(() => null);
  const sources = await Promise.all(
    SOURCES.map((path) => stat(fileURLToPath(new URL(path, import.meta.url)))),
  );
  return made !== null && sources.every(({ mtimeMs }) => mtimeMs < made.mtimeMs);
}

async function make(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-template-'));
  try {
    const cluster = join(folder, 'data');
    const database = await openCluster(cluster);
    await database.close();
    await packTemplate(cluster, TEMPLATE_FILE);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

if (!(await isUpToDate())) await make();
