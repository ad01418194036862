import { createServer, type Socket } from 'node:net';
import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { OperatorError } from '../../src/domain/operator-error.ts';
import { openDatabase } from '../../src/repositories/database.ts';
import { rows } from '../../src/repositories/handle.ts';
import { knownMigrations } from '../../src/repositories/migrations.ts';
import { openPostgresql } from '../../src/repositories/postgresql/postgresql-database.ts';
import { createSettingsRepository } from '../../src/repositories/settings-repository.ts';
import { privatePostgres } from '../support/private-postgres.ts';
import { postgresUrl } from '../support/testbed.ts';
import { testDatabase } from '../support/testbed-database.ts';
import { waitFor } from '../support/wait-for.ts';

const UNAVAILABLE = { code: 'DATABASE_UNAVAILABLE' };

async function failure(promise: Promise<unknown>): Promise<Error> {
  const error: unknown = await promise.then(
    () => new Error('It did not fail.'),
    (cause: unknown) => cause,
  );
  expect(error).toBeInstanceOf(OperatorError);
  return error as Error;
}

describe('A PostgreSQL database', () => {
  it('is migrated once by four servers that start at the same moment', async () => {
    await using empty = await testDatabase();
    const start = () => openDatabase({ databaseUrl: empty.url, dataDir: '/nowhere' });
    const servers = await Promise.all([start(), start(), start(), start()]);
    const [first] = servers;
    const tags = knownMigrations().map(({ tag }) => tag);
    expect(servers.flatMap(({ migrated }) => migrated)).toEqual(tags);
    const applied = await rows(first.db, sql`select * from drizzle.__drizzle_migrations`);
    expect(applied).toHaveLength(tags.length);
    await Promise.all(servers.map((server) => server.close()));
  });

  it('needs no right to create anything once it is migrated', async () => {
    await using empty = await testDatabase();
    const owner = await openPostgresql(empty.url);
    const name = new URL(empty.url).pathname.slice(1);
    const role = `${name}_reader`;
    await owner.db.execute(sql.raw(`create role ${role} login password 'reader'`));
    try {
      await owner.db.execute(sql.raw(`grant usage on schema drizzle, public to ${role}`));
      await owner.db.execute(sql.raw(`grant select on all tables in schema drizzle, public to ${role}`));
      const url = Object.assign(new URL(empty.url), { username: role, password: 'reader' });
      const reader = await openPostgresql(url.toString());
      expect(await createSettingsRepository(reader.db).get('key')).toBeNull();
      await reader.close();
    } finally {
      await owner.db.execute(sql.raw(`drop owned by ${role}`));
      await owner.db.execute(sql.raw(`drop role ${role}`));
      await owner.close();
    }
  });

  it('that cannot be migrated says why', async () => {
    await using empty = await testDatabase();
    const url = new URL(empty.url);
    url.searchParams.set('default_transaction_read_only', 'on');
    const { message } = await failure(openPostgresql(url.toString()));
    expect(message).toMatch(/could not be migrated: .*read-only transaction/);
  });

  it('with a wrong password or name is refused at once, without telling the password', async () => {
    const wrong = new URL(postgresUrl());
    wrong.password = 'hunter2';
    const missing = new URL(postgresUrl());
    missing.pathname = '/no_such_database';
    const began = performance.now();
    const first = await failure(openPostgresql(wrong.toString()));
    expect(first.message).toMatch(
      /^PostgreSQL at 127\.0\.0\.1:\d+ \(database "fairlead", user "fairlead"\) refuses: password/,
    );
    expect(JSON.stringify(first, Object.getOwnPropertyNames(first))).not.toContain('hunter2');
    const second = await failure(openPostgresql(missing.toString()));
    expect(second.message).toMatch(/"no_such_database" does not exist/);
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  it('whose URL is none is refused without repeating it', async () => {
    const { message } = await failure(openPostgresql('postgres://user:hunter2@[/x'));
    expect(message).toMatch(/DATABASE_URL is not a URL/);
    expect(message).not.toContain('hunter2');
  });

  it('that is not up in time is reported with where it was looked for, and the waiting is told once', async () => {
    await using postgres = await privatePostgres();
    const told: string[] = [];
    const began = performance.now();
    const { message } = await failure(
      openPostgresql(postgres.url, { waitMs: 1_500, onWait: (text) => told.push(text) }),
    );
    expect(message).toMatch(
      new RegExp(
        `PostgreSQL at 127\\.0\\.0\\.1:${postgres.port} .* did not get ready within 1\\.5 s: connect ECONNREFUSED`,
      ),
    );
    expect(performance.now() - began).toBeLessThan(4_000);
    expect(told).toHaveLength(1);
    expect(message + told.join()).not.toContain('private-secret');
  });

  it('that accepts and says nothing is given up in time as well', async () => {
    const sockets = new Set<Socket>();
    const silent = createServer((socket) => sockets.add(socket));
    await new Promise<void>((resolve) => {
      silent.listen(0, '127.0.0.1', resolve);
    });
    const address = silent.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const began = performance.now();
    const { message } = await failure(
      openPostgresql(`postgres://u:hunter2@127.0.0.1:${port}/d`, { waitMs: 1_000 }),
    );
    expect(message).toMatch(/did not get ready within 1 s/);
    expect(performance.now() - began).toBeLessThan(4_000);
    for (const socket of sockets) socket.destroy();
    silent.close();
  });

  it('is waited for no longer when the process is told to end', async () => {
    await using postgres = await privatePostgres();
    const opening = openPostgresql(postgres.url, { signal: AbortSignal.timeout(300) });
    await expect(opening).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('that comes up while it is waited for is used', async () => {
    await using postgres = await privatePostgres();
    const told: string[] = [];
    const opening = openPostgresql(postgres.url, { onWait: (text) => told.push(text) });
    opening.catch(() => undefined);
    await waitFor(() => told.length > 0, { what: 'the first refusal' });
    await postgres.start();
    const database = await opening;
    await expect(database.ping()).resolves.toBeUndefined();
    await database.close();
  });

  it('that stops and comes back fails fast in between, and then works again by itself', async () => {
    await using postgres = await privatePostgres();
    await postgres.start();
    const database = await openPostgresql(postgres.url);
    const settings = createSettingsRepository(database.db);
    for (let round = 0; round < 2; round++) {
      await settings.put('round', String(round));
      const running = database.db.execute(sql`select pg_sleep(30)`).then(
        () => 'done',
        () => 'lost',
      );
      await postgres.stop();
      expect(await running).toBe('lost');
      for (let attempt = 0; attempt < 30; attempt++) {
        const began = performance.now();
        await expect(settings.get('round')).rejects.toMatchObject(UNAVAILABLE);
        expect(performance.now() - began).toBeLessThan(1_000);
      }
      await expect(database.ping()).rejects.toMatchObject(UNAVAILABLE);
      await postgres.start();
      // All connections of the pool, not only the first.
      const answers = await Promise.all(Array.from({ length: 30 }, () => settings.get('round')));
      expect(new Set(answers)).toEqual(new Set([String(round)]));
    }
    await database.close();
  });

  it.each([
    { how: 'in the clear', tls: false, query: '' },
    { how: 'over TLS', tls: true, query: '?sslmode=require' },
  ])(
    'that hangs $how is given up, and its connections are replaced when it is back',
    async ({ tls, query }) => {
      await using postgres = await privatePostgres({ tls });
      await postgres.start();
      const limits = { silenceMs: 1_500, statementTimeoutMs: 1_000 };
      const database = await openPostgresql(postgres.url + query, limits);
      const settings = createSettingsRepository(database.db);
      await settings.put('key', 'value');
      const encrypted = sql`select ssl from pg_stat_ssl where pid = pg_backend_pid()`;
      expect(await rows(database.db, encrypted)).toEqual([{ ssl: tls }]);
      postgres.freeze();
      const began = performance.now();
      await expect(database.ping(300)).rejects.toMatchObject(UNAVAILABLE);
      expect(performance.now() - began).toBeLessThan(1_000);
      const waiting = await Promise.allSettled(Array.from({ length: 20 }, () => settings.get('key')));
      expect(new Set(waiting.map(({ status }) => status))).toEqual(new Set(['rejected']));
      expect(performance.now() - began).toBeLessThan(15_000);
      postgres.thaw();
      expect(await settings.get('key')).toBe('value');
      await database.close();
    },
  );

  it('whose certificate is not trusted is refused at once where that is asked for', async () => {
    await using postgres = await privatePostgres({ tls: true });
    await postgres.start();
    const { message } = await failure(openPostgresql(`${postgres.url}?sslmode=verify-full`));
    expect(message).toMatch(/refuses: self-signed certificate/);
  });

  it('ends a statement that runs too long', async () => {
    await using empty = await testDatabase();
    const database = await openPostgresql(empty.url, { statementTimeoutMs: 200 });
    const slow = database.db.execute(sql`select pg_sleep(10)`);
    await expect(slow).rejects.toMatchObject({ cause: { code: '57014' } });
    await database.close();
  });

  it('that is closed lets go of all its connections', async () => {
    await using empty = await testDatabase();
    await using other = await testDatabase();
    const database = await openPostgresql(empty.url);
    const watcher = await openPostgresql(other.url);
    const name = new URL(empty.url).pathname.slice(1);
    const connections = () => rows(watcher.db, sql`select 1 from pg_stat_activity where datname = ${name}`);
    await Promise.all(Array.from({ length: 20 }, () => database.ping()));
    expect((await connections()).length).toBeLessThanOrEqual(8);
    await database.close();
    await waitFor(async () => (await connections()).length === 0, { what: 'the connections to end' });
    await watcher.close();
  });
});
