import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { PassThrough, Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import type { CommandContext } from '../../src/commands/context.ts';
import { exportCommand } from '../../src/commands/export.ts';
import { healthcheckCommand } from '../../src/commands/healthcheck.ts';
import { importCommand } from '../../src/commands/import.ts';
import { migrateCommand } from '../../src/commands/migrate.ts';
import {
  type TokenCreateArguments,
  tokenCreateCommand,
  tokenListCommand,
  tokenRevokeCommand,
} from '../../src/commands/token.ts';
import { hashSecret } from '../../src/domain/secret.ts';
import { createAuditRepository } from '../../src/repositories/audit-repository.ts';
import { openDatabase } from '../../src/repositories/database.ts';
import { createTokenRepository } from '../../src/repositories/token-repository.ts';
import { testFolder } from '../support/databases.ts';
import { testDatabase } from '../support/testbed-database.ts';

type Environment = CommandContext['environment'];

/** Runs a command as the process would, and answers what a person would see. */
async function run(
  environment: Environment,
  command: (context: CommandContext) => Promise<number>,
  stdin: Readable = Readable.from([]),
) {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const printed = text(stdout);
  const told = text(stderr);
  const code = await command({ environment, stdin, stdout, stderr });
  stdout.end();
  stderr.end();
  return { code, stdout: await printed, stderr: await told };
}

const plain: TokenCreateArguments = {
  ...{ name: 'ci', role: 'operator', permissions: [], hosts: [], stacks: [], projects: [], expires: null },
};
const create = (environment: Environment, given: Partial<TokenCreateArguments> = {}) =>
  run(environment, (context) => tokenCreateCommand(context, { ...plain, ...given }));

describe('fairlead token', () => {
  it('makes a token that is printed alone, stored as its hash and audited', async () => {
    await using folder = await testFolder();
    const environment = { FAIRLEAD_DATA_DIR: folder.path };
    const made = await create(environment, {
      hosts: ['local'],
      permissions: ['containers.*'],
      expires: '30d',
    });
    expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/^flt_[\w-]{43}\n$/) as string });
    const database = await openDatabase({ databaseUrl: null, dataDir: folder.path });
    const stored = await createTokenRepository(database.db).findByHash(hashSecret(made.stdout.trim()));
    const audit = await createAuditRepository(database.db).list({ limit: 5, cursor: null, filters: {} });
    await database.close();
    expect(stored).toMatchObject({
      ...{ name: 'ci', role: 'operator', hosts: ['local'], stacks: null, permissions: ['containers.*'] },
      createdBy: null,
    });
    const days = ((stored?.expiresAt?.getTime() ?? 0) - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(29.9);
    expect(days).toBeLessThanOrEqual(30);
    expect(audit.items).toMatchObject([
      {
        operation: 'access.tokens.create',
        targetId: stored?.id,
        actorName: 'command line',
        outcome: 'succeeded',
      },
    ]);
  });

  it('lists and revokes what it has made', async () => {
    await using empty = await testDatabase();
    const environment = { DATABASE_URL: empty.url };
    await create(environment, { name: 'first', role: 'admin' });
    await create(environment, { name: 'second' });
    const list = async () => (await run(environment, tokenListCommand)).stdout.trim().split('\n');
    const [second = '', first = ''] = await list();
    expect(first).toMatch(/^valid\tadmin\t[\w-]{36}\tfirst$/);
    const id = second.split('\t')[2] ?? '';
    expect(await run(environment, (context) => tokenRevokeCommand(context, { id }))).toMatchObject({
      code: 0,
    });
    expect((await list())[0]).toBe(second.replace('valid', 'revoked'));
    const unknown = await run(environment, (context) => tokenRevokeCommand(context, { id: 'no-id' }));
    expect(unknown).toMatchObject({ code: 1, stderr: 'There is no token "no-id".\n' });
    const last = await run(environment, (context) =>
      tokenRevokeCommand(context, { id: first.split('\t')[2] ?? '' }),
    );
    expect(last).toMatchObject({ code: 1, stderr: expect.stringContaining('last admin token') as string });
  });

  it('refuses what makes no sense, and makes nothing then', async () => {
    await using folder = await testFolder();
    const environment = { FAIRLEAD_DATA_DIR: folder.path };
    const wrong: [Partial<TokenCreateArguments>, RegExp][] = [
      [{ role: 'root' }, /no role "root": use viewer, operator, admin/],
      [{ name: ' ' }, /name has 1 to 100 characters/],
      [{ expires: 'tomorrow' }, /"tomorrow" is no time/],
      [{ expires: '2001-01-01' }, /is not in the future/],
      [{ permissions: ['containers.strat'] }, /"containers\.strat" is no operation/],
    ];
    for (const [given, message] of wrong) {
      const { code, stdout, stderr } = await create(environment, given);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(message);
    }
    expect((await run(environment, tokenListCommand)).stdout).toBe('');
  });

  it('is told who has the embedded database, and what to do instead', async () => {
    await using folder = await testFolder();
    const server = await openDatabase({ databaseUrl: null, dataDir: folder.path });
    const { code, stderr } = await create({ FAIRLEAD_DATA_DIR: folder.path });
    await server.close();
    expect(code).toBe(1);
    expect(stderr).toContain(`in use by process ${process.pid}`);
    expect(stderr).toContain('Use the API of the server');
  });
});

describe('fairlead export and import', () => {
  it('move all data from the embedded database to PostgreSQL and back', async () => {
    await using folder = await testFolder();
    await using empty = await testDatabase();
    const file = join(folder.path, 'all.ndjson');
    const here = { FAIRLEAD_DATA_DIR: join(folder.path, 'one') };
    const there = { DATABASE_URL: empty.url };
    const back = { FAIRLEAD_DATA_DIR: join(folder.path, 'two') };
    await create(here);
    const list = async (environment: Environment) => (await run(environment, tokenListCommand)).stdout;
    const before = await list(here);

    const out = await run(here, (context) => exportCommand(context, { file }));
    expect(out).toMatchObject({ code: 0, stdout: '' });
    expect(out.stderr).toMatch(/^Exported 0 settings, 1 tokens, .* from the embedded database\.\n$/);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const imported = await run(there, (context) => importCommand(context, { file, replace: false }));
    expect(imported).toMatchObject({ code: 0 });
    expect(imported.stderr).toMatch(/^Imported .* 1 tokens, .* into the postgresql database\.\n$/);
    expect(await list(there)).toBe(before);

    const piped = await run(there, (context) => exportCommand(context, { file: '-' }));
    const stdin = Readable.from([Buffer.from(piped.stdout)]);
    expect(
      await run(back, (context) => importCommand(context, { file: '-', replace: false }), stdin),
    ).toMatchObject({ code: 0 });
    expect(await list(back)).toBe(before);
    const twice = await run(back, (context) => importCommand(context, { file, replace: false }));
    expect(twice).toMatchObject({ code: 1, stderr: expect.stringContaining('not empty') as string });
  });

  it('say what is wrong with a file, and leave no half-made one', async () => {
    await using folder = await testFolder();
    const environment = { FAIRLEAD_DATA_DIR: join(folder.path, 'data') };
    const missing = await run(environment, (context) =>
      importCommand(context, { file: '/no/such/file', replace: false }),
    );
    expect(missing).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('cannot be read: ENOENT') as string,
    });
    const nowhere = await run(environment, (context) =>
      exportCommand(context, { file: '/no/such/folder/file' }),
    );
    expect(nowhere).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('cannot be written: ENOENT') as string,
    });
    const broken = join(folder.path, 'broken');
    await writeFile(broken, 'x');
    const refused = await run(environment, (context) =>
      importCommand(context, { file: broken, replace: false }),
    );
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('not an export') as string });
    expect((await readdir(folder.path)).toSorted()).toEqual(['broken', 'data']);
    expect(await readFile(broken, 'utf8')).toBe('x');
  });

  it('end when the reader of the output goes away', async () => {
    await using folder = await testFolder();
    const stdout = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })),
    });
    const told = new PassThrough();
    const context = {
      environment: { FAIRLEAD_DATA_DIR: folder.path },
      stdin: Readable.from([]),
      stdout,
      stderr: told,
    };
    expect(await exportCommand(context, { file: '-' })).toBe(1);
    told.end();
    expect(await text(told)).toContain('cannot be written: write EPIPE');
  });
});

describe('fairlead migrate', () => {
  it('says what it has done', async () => {
    await using empty = await testDatabase();
    const environment = { DATABASE_URL: empty.url };
    expect(await run(environment, migrateCommand)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(
        /^The postgresql database is at (\w+): applied 0000_foundation, .*\1\.\n$/,
      ) as string,
    });
    expect((await run(environment, migrateCommand)).stdout).toMatch(/: nothing to do\.\n$/);
  });

  it('names every mistake of the environment', async () => {
    const { code, stderr } = await run({ DATABASE_URL: 'mysql://user:hunter2@x', PORT: 'x' }, migrateCommand);
    expect(code).toBe(1);
    expect(stderr).toMatch(/DATABASE_URL[\s\S]*PORT|PORT[\s\S]*DATABASE_URL/);
    expect(stderr).not.toContain('hunter2');
  });
});

describe('fairlead healthcheck', () => {
  it('is 0 while the server answers, and 1 with a reason when not', async () => {
    let status = 200;
    const server = createServer((_request, response) => response.writeHead(status).end());
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const address = server.address();
    const port = String(typeof address === 'object' ? address?.port : '');
    const check = () => run({ HOST: '0.0.0.0', PORT: port }, healthcheckCommand);
    expect(await check()).toEqual({ code: 0, stdout: '', stderr: '' });
    status = 503;
    expect(await check()).toMatchObject({
      code: 1,
      stderr: `The server at 127.0.0.1:${port} answered 503.\n`,
    });
    server.closeAllConnections();
    await new Promise((resolve) => {
      server.close(resolve);
    });
    expect(await check()).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('is not up: connect ECONNREFUSED') as string,
    });
  });
});
