/**
 * openapi.ts write|check : brings openapi/openapi.json up to what the routes say, or fails where it is not. The document is asked
 * of the server itself, as everybody gets it.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { buildApp } from '../src/app.ts';
import { loadConfig } from '../src/config.ts';
import { createDependencies } from '../src/dependencies.ts';

const FILE = 'openapi/openapi.json';

async function served(): Promise<string> {
  const dataDir = mkdtempSync(join(tmpdir(), 'fairlead-openapi-'));
  const logger = pino({ level: 'silent' });
  const { deps, phases } = await createDependencies(loadConfig({ FAIRLEAD_DATA_DIR: dataDir }), logger);
  const app = await buildApp(deps);
  try {
    const { statusCode, body } = await app.inject('/openapi.json');
    if (statusCode !== 200) throw new Error(`/openapi.json answered ${statusCode}: ${body}`);
    return `${JSON.stringify(JSON.parse(body), null, 2)}\n`;
  } finally {
    await app.close();
    for (const { run } of phases) await run();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** The first lines in which the two differ, for a reader who has to find the cause. */
function difference(committed: string, current: string): string {
  const [before, after] = [committed.split('\n'), current.split('\n')];
  const at = before.findIndex((line, index) => line !== after[index]);
  const from = Math.max(0, at - 3);
  return `line ${at + 1}\n${before
    .slice(from, at + 4)
    .map((line) => `- ${line}`)
    .join('\n')}\n${after
    .slice(from, at + 4)
    .map((line) => `+ ${line}`)
    .join('\n')}`;
}

const document = await served();
if (process.argv[2] === 'write') {
  mkdirSync('openapi', { recursive: true });
  writeFileSync(FILE, document);
} else {
  const committed = readFileSync(FILE, 'utf8');
  if (committed !== document) {
    console.error(
      `${FILE} is not what the routes say; run npm run openapi:write. It differs from ${difference(committed, document)}`,
    );
    process.exitCode = 1;
  }
}
