import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type PrivateEngine, startPrivateEngine } from '../support/private-engine.ts';
import { type TestServer, testServer } from '../support/server.ts';

const run = promisify(execFile);

/** The fenced blocks of a guide, in order. */
function blocks(guide: string): { readonly language: string; readonly text: string }[] {
  const path = fileURLToPath(new URL(`../../docs/${guide}`, import.meta.url));
  return [...readFileSync(path, 'utf8').matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(
    ([, language = '', text = '']) => ({ language, text }),
  );
}

describe('the guides to containers', () => {
  let engine: PrivateEngine;
  let server: TestServer;
  beforeAll(async () => {
    engine = await startPrivateEngine();
    server = await testServer({ engineSocket: engine.socketPath });
  }, 90_000);
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
    await engine?.[Symbol.asyncDispose]();
  }, 60_000);

  async function shell(script: string): Promise<string> {
    const { PATH = '' } = process.env;
    const { tokens, url } = server;
    const env = { PATH, FAIRLEAD: url, TOKEN: tokens.admin, OPERATOR: tokens.operator };
    return (await run('bash', ['-o', 'pipefail', '-ec', script], { env, timeout: 30_000 })).stdout;
  }

  it('run from top to bottom as they are printed', async () => {
    const scripts = blocks('containers.md').filter(({ language }) => language === 'sh');
    // The first sets the variables that the test sets.
    const [settings, ...commands] = scripts.map(({ text }) => text);
    expect(settings).toContain('export TOKEN=');
    expect(commands.length).toBeGreaterThan(15);
    for (const command of commands) {
      // The private Engine has no bridge, which renaming a container on it would need.
      const printed = command.replace('"name": "demo",', '"name": "demo", "networkMode": "none",');
      await shell(printed).catch((cause: unknown) => {
        throw new Error(`This command of docs/containers.md failed: ${command}`, { cause });
      });
    }
  });

  it('show the problem that a violation of the policy gets', async () => {
    const [command, answer] = blocks('policy.md');
    const printed: unknown = JSON.parse(answer?.text ?? '');
    const given: unknown = JSON.parse(await shell(command?.text ?? ''));
    expect(given).toMatchObject(printed as object);
  });
});
