// Makes the template from which the embedded database is unpacked at the first start. Part of `npm run build`.
// Written anew only when the database engine or its settings have changed, by asking for it: delete the file.
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openCluster } from '../src/repositories/embedded/cluster.ts';
import { packTemplate, TEMPLATE_FILE } from '../src/repositories/embedded/template.ts';

const folder = await mkdtemp(join(tmpdir(), 'fairlead-template-'));
try {
  const cluster = join(folder, 'data');
  const database = await openCluster(cluster);
  await database.close();
  await packTemplate(cluster, TEMPLATE_FILE);
} finally {
  await rm(folder, { recursive: true, force: true });
}
