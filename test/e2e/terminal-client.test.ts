import { execFile, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { processesOf } from '../support/container-processes.ts';
import { runExample } from '../support/examples.ts';
import { type TestScope, testScope } from '../support/scope.ts';
import { type TestServer, testServer } from '../support/server.ts';
import { mainEngine } from '../support/testbed.ts';
import { waitFor } from '../support/wait-for.ts';

const CLIENT = fileURLToPath(new URL('../../docs/examples/terminal.mjs', import.meta.url));

describe('the terminal client for the command line', () => {
  let scope: TestScope;
  let server: TestServer;
  let container = '';
  let environment: Record<string, string> = {};

  beforeAll(async () => {
    scope = await testScope(mainEngine());
    container = (await scope.runContainer('cli')).name;
    server = await testServer({ engineSocket: scope.socketPath, config: { terminalGraceSeconds: 20 } });
    environment = { FAIRLEAD: server.url, TOKEN: server.tokens.operator };
  });
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
    await scope?.[Symbol.asyncDispose]();
  });

  /** The client in a terminal of its own. */
  function interactive(...args: string[]) {
    const command = [process.execPath, CLIENT, ...args].map((part) => `'${part}'`).join(' ');
    const child = spawn('script', ['-qefc', `stty rows 33 cols 99; ${command}`, '/dev/null'], {
      env: { PATH: process.env.PATH, HOME: process.env.HOME, TERM: 'xterm', ...environment },
    });
    let shown = '';
    child.stdout.on('data', (bytes: Buffer) => {
      shown += bytes.toString();
    });
    return {
      type: (keys: string) => child.stdin.write(keys),
      shows: (text: string) =>
        waitFor(() => shown.includes(text), {
          what: `the client to show ${text}; it shows ${shown}`,
          timeoutMs: 20_000,
        }),
      shown: () => shown,
      ended: once(child, 'close').then(([code]) => code as number),
    };
  }

  it('opens a shell with the size of its window, leaves it by ctrl-], comes back and ends with its exit code', async () => {
    const first = interactive(container);
    await first.shows('# ');
    first.type('stty size; echo $TERM; mine=st""ill-here\n');
    await first.shows('33 99');
    await first.shows('xterm');
    first.type('\x1d');
    expect(await first.ended).toBe(1);
    const id = /--attach ([0-9a-f-]{36})/.exec(first.shown())?.[1] ?? '';
    expect(id).not.toBe('');

    const second = interactive('--attach', id);
    await second.shows('33 99');
    second.type('echo "$mine"\n');
    await second.shows('still-here');
    second.type('exit 9\n');
    expect(await second.ended).toBe(9);
  });

  it('runs a program with its input, tells its outputs apart, and ends with its exit code', async () => {
    const bytes = randomBytes(3_000_000);
    await using counted = runExample('terminal.mjs', [container, '--', 'sha256sum'], environment);
    counted.child.stdin?.end(bytes);
    expect(await counted.ended).toBe(0);
    expect(counted.stdout()).toContain(createHash('sha256').update(bytes).digest('hex'));

    const script = 'echo out; echo err >&2; exit 5';
    await using failed = runExample('terminal.mjs', [container, '--', 'sh', '-c', script], environment);
    failed.child.stdin?.end();
    expect(await failed.ended).toBe(5);
    expect([failed.stdout(), failed.stderr()]).toEqual(['out\n', 'err\n']);
  });

  it('ends what it runs when it is ended itself', async () => {
    const client = runExample('terminal.mjs', [container, '--', 'sleep', '4801'], environment);
    await waitFor(async () => (await processesOf(scope.engine, container)).includes('sleep 4801'), {
      what: 'the program to run',
    });
    client.child.kill('SIGKILL');
    await client.ended;
    const gone = waitFor(async () => !(await processesOf(scope.engine, container)).includes('sleep 4801'), {
      what: 'the program to be ended',
    });
    expect(await gone).toBe(true);
  });

  it('says what was wrong', async () => {
    await using nobody = runExample('terminal.mjs', ['no-such-container'], environment);
    expect(await nobody.ended).toBe(1);
    expect(nobody.stderr()).toContain('no-such-container');
    await using stranger = runExample('terminal.mjs', [container], {
      ...environment,
      TOKEN: `flt_${'x'.repeat(43)}`,
    });
    expect(await stranger.ended).toBe(1);
    expect(stranger.stderr()).toContain('401');
    await using usage = runExample('terminal.mjs', [], environment);
    expect(await usage.ended).toBe(2);
    expect(usage.stderr()).toContain('usage');
  });

  it('does what docs/websocket.md prints', async () => {
    const guide = readFileSync(new URL('../../docs/websocket.md', import.meta.url), 'utf8');
    const blocks = [...guide.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language, text = '']) => ({
      language,
      text,
    }));
    const shell = async (script: string) => {
      const env = { PATH: process.env.PATH, HOME: process.env.HOME, ...environment };
      const printed = script.replaceAll(/\bdemo\b/g, container);
      return (await promisify(execFile)('bash', ['-o', 'pipefail', '-ec', printed], { env })).stdout;
    };
    const index = (text: string) => blocks.findIndex((block) => block.text.includes(text));
    expect((await shell(blocks[index('-- wc -c')]?.text ?? '')).trim()).toBe('6');
    const listed: unknown = JSON.parse(await shell(blocks[index('/docker/terminals"')]?.text ?? ''));
    expect(listed).toMatchObject({ items: expect.any(Array), nextCursor: null });
    const exec = index('EXEC_ID=');
    expect(JSON.parse(await shell(blocks[exec]?.text ?? ''))).toEqual(
      JSON.parse(blocks[exec + 1]?.text ?? ''),
    );
    for (const status of (blocks[index('"status": "Success"')]?.text ?? '').trim().split(/\n(?=\{)/)) {
      expect(JSON.parse(status)).toHaveProperty('status');
    }
  });
});
