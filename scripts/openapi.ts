/**
 * openapi.ts write|check : brings the documents of the API up to what the routes say, or fails where they are not. They are asked
 * of the server itself, as everybody gets them; it needs no database and no Engine for that.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { unconnectedApp } from '../test/support/unconnected-app.ts';

const DOCUMENTS = { 'openapi/openapi.json': '/openapi.json', 'openapi/asyncapi.json': '/asyncapi.json' };

async function served(): Promise<[file: string, text: string][]> {
  const app = await unconnectedApp();
  try {
    const documents: [string, string][] = [];
    for (const [file, url] of Object.entries(DOCUMENTS)) {
      const { statusCode, body } = await app.inject(url);
      if (statusCode !== 200) throw new Error(`${url} answered ${statusCode}: ${body}`);
      documents.push([file, `${JSON.stringify(JSON.parse(body), null, 2)}\n`]);
    }
    return documents;
  } finally {
    await app.close();
  }
}

/** The first lines in which the two differ, for a reader who has to find the cause. */
function difference(committed: string, current: string): string {
  const [before, after] = [committed.split('\n'), current.split('\n')];
  const at = before.findIndex((line, index) => line !== after[index]);
  const from = Math.max(0, at - 3);
  const lines = (all: string[], mark: string) => all.slice(from, at + 4).map((line) => `${mark} ${line}`);
  return [`line ${at + 1}`, ...lines(before, '-'), ...lines(after, '+')].join('\n');
}

for (const [file, text] of await served()) {
  if (process.argv[2] === 'write') {
    mkdirSync('openapi', { recursive: true });
    writeFileSync(file, text);
    continue;
  }
  const committed = readFileSync(file, 'utf8');
  if (committed === text) continue;
  console.error(
    `${file} is not what the routes say; run npm run openapi:write. It differs from ${difference(committed, text)}`,
  );
  process.exitCode = 1;
}
