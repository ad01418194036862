import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { OperatorError } from '../../src/domain/operator-error.ts';
import { openDatabase } from '../../src/repositories/database.ts';
import { openCluster } from '../../src/repositories/embedded/cluster.ts';
import { lockFolder } from '../../src/repositories/embedded/lock.ts';
import { packTemplate, unpackTemplate } from '../../src/repositories/embedded/template.ts';
import { createSettingsRepository } from '../../src/repositories/settings-repository.ts';
import { testFolder } from '../support/databases.ts';
import { waitFor } from '../support/wait-for.ts';

const HOLDER = fileURLToPath(new URL('../support/hold-database.ts', import.meta.url));
const open = (dataDir: string) => openDatabase({ databaseUrl: null, dataDir });

describe('The embedded database', () => {
  const started = new Set<ChildProcess>();
  afterEach(async () => {
    for (const child of started) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    started.clear();
  });

  /** Another process that opens the same folder, and what it says, line by line. */
  function startHolder(dataDir: string, ...task: string[]) {
    const child = spawn(process.execPath, ['--import', 'tsx', HOLDER, dataDir, ...task], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    started.add(child);
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const says = async () => String((await lines.next()).value);
    const exited = once(child, 'exit');
    const rest = async () => {
      let text = '';
      for (let line = await lines.next(); line.done !== true; line = await lines.next())
        text += `${line.value}\n`;
      return text;
    };
    return { child, says, rest, exited };
  }

  it('keeps what it holds from one start to the next, and is readable by its owner alone', async () => {
    await using folder = await testFolder();
    const dataDir = join(folder.path, 'made', 'when needed');
    const first = await open(dataDir);
    expect(first.migrated.length).toBeGreaterThan(0);
    await createSettingsRepository(first.db).put('key', 'value');
    await first.ping();
    await first.close();
    expect((await stat(join(dataDir, 'database'))).mode & 0o777).toBe(0o700);
    const second = await open(dataDir);
    expect(second.migrated).toEqual([]);
    expect(await createSettingsRepository(second.db).get('key')).toBe('value');
    await second.maintain();
    await second.close();
    expect(await readdir(join(dataDir, 'database'))).toEqual(['data']);
  });

  it('can be closed twice, and answers DATABASE_UNAVAILABLE after that', async () => {
    await using folder = await testFolder();
    const database = await open(folder.path);
    await database.close();
    await database.close();
    await expect(database.ping()).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    const settings = createSettingsRepository(database.db);
    await expect(settings.get('key')).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
  });

  it('belongs to one process: the second is told which, and goes on when the first has gone', async () => {
    await using folder = await testFolder();
    const holder = startHolder(folder.path);
    expect(await holder.says()).toBe('held');
    const refused = open(folder.path);
    await expect(refused).rejects.toBeInstanceOf(OperatorError);
    await expect(refused).rejects.toThrow(`in use by process ${holder.child.pid} on ${hostname()}.`);
    await expect(refused).rejects.toThrow('set DATABASE_URL');
    holder.child.stdin.end();
    await holder.exited;
    const database = await open(folder.path);
    const late = startHolder(folder.path);
    expect(await late.rest()).toContain(
      `OperatorError: The embedded database in ${join(folder.path, 'database')} is in use by process ${process.pid}`,
    );
    await database.close();
  });

  it('is free again after its process was killed, with all that was told to be stored', async () => {
    await using folder = await testFolder();
    for (let round = 1; round <= 3; round++) {
      const holder = startHolder(folder.path, 'write');
      expect(await holder.says()).toBe('held');
      let told = 0;
      for (let line = 0; line < 150; line++) told = Number(await holder.says());
      holder.child.kill('SIGKILL');
      await holder.exited;
      const heard = (await holder.rest()).trim().split('\n').filter(Boolean).map(Number);
      told = Math.max(told, ...heard);
      const database = await open(folder.path);
      const stored = Number(await createSettingsRepository(database.db).get('count'));
      // What was stored and not yet told when it died may be there or not.
      expect(stored).toBeGreaterThanOrEqual(told);
      await database.close();
      expect(await readdir(join(folder.path, 'database'))).toEqual(['data']);
    }
  });

  it('starts from scratch when the very first start was cut off', async () => {
    await using folder = await testFolder();
    await mkdir(join(folder.path, 'database', 'data.unfinished', 'base'), { recursive: true });
    const database = await open(folder.path);
    await database.ping();
    await database.close();
    expect(await readdir(join(folder.path, 'database'))).toEqual(['data']);
  });

  it('made by another version is refused with a way to move it, and left as it is', async () => {
    await using folder = await testFolder();
    await (await open(folder.path)).close();
    const version = join(folder.path, 'database', 'data', 'PG_VERSION');
    await writeFile(version, '17\n');
    await expect(open(folder.path)).rejects.toThrow(
      /made by PostgreSQL 17; this Fairlead brings PostgreSQL 18\.[\s\S]*fairlead export/,
    );
    await rm(version);
    await expect(open(folder.path)).rejects.toThrow(/PostgreSQL unknown/);
    await writeFile(version, '18\n');
    await (await open(folder.path)).close();
  });

  it('that is damaged is refused with an explanation, and gives the folder free', async () => {
    await using folder = await testFolder();
    await (await open(folder.path)).close();
    const control = join(folder.path, 'database', 'data', 'global', 'pg_control');
    await rename(control, `${control}.away`);
    await expect(open(folder.path)).rejects.toThrow(/cannot be opened[\s\S]*docs\/database\.md/);
    await rename(`${control}.away`, control);
    await (await open(folder.path)).close();
  });

  it('that ran out of disk answers DATABASE_UNAVAILABLE without freezing, and works again by itself', async () => {
    await using folder = await testFolder();
    const database = await open(folder.path);
    const settings = createSettingsRepository(database.db);
    await settings.put('before', 'kept');
    // What the database sees of a full disk: it cannot go on writing its log.
    const log = join(folder.path, 'database', 'data', 'pg_wal');
    await rename(log, `${log}.away`);
    // In a transaction, whose ROLLBACK comes after the failure.
    const writing = database.db.transaction(async (transaction) => {
      const inside = createSettingsRepository(transaction);
      for (let count = 0; count < 200; count++)
        await inside.put(`key ${count}`, randomBytes(20_000).toString('hex'));
    });
    await expect(writing).rejects.toThrow(/has stopped: could not .*pg_wal/);
    await expect(settings.get('before')).rejects.toMatchObject({
      code: 'DATABASE_UNAVAILABLE',
      cause: { message: expect.stringMatching(/has stopped: /) as string },
    });
    await expect(database.ping()).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
    await rename(`${log}.away`, log);
    const kept = await waitFor(() => settings.get('before'), { what: 'the database to recover' });
    expect(kept).toBe('kept');
    await settings.put('after', 'written');
    await database.close();
    const again = await open(folder.path);
    expect(await createSettingsRepository(again.db).get('after')).toBe('written');
    await again.close();
  });

  it('that a newer release has migrated is refused', async () => {
    await using folder = await testFolder();
    const database = await open(folder.path);
    await database.db.execute(
      `insert into drizzle.__drizzle_migrations (hash, created_at) values ('x', ${Date.now() * 2})`,
    );
    await database.close();
    await expect(open(folder.path)).rejects.toThrow(/A newer Fairlead/);
  });

  it('in a place that is no folder is refused by name', async () => {
    await using folder = await testFolder();
    const file = join(folder.path, 'file');
    await writeFile(file, '');
    await expect(open(file)).rejects.toThrow(/file\/database cannot be used \(ENOTDIR\)/);
  });

  it('unpacked from a template is the same as one that was made anew', async () => {
    await using folder = await testFolder();
    const made = join(folder.path, 'made');
    const template = join(folder.path, 'template', 'file.br');
    const unpacked = join(folder.path, 'unpacked');
    const list = async (path: string) => (await readdir(path, { recursive: true })).toSorted();
    expect(await unpackTemplate(unpacked, template)).toBe(false);
    expect(existsSync(unpacked)).toBe(false);
    await (await openCluster(made)).close();
    await packTemplate(made, template);
    expect(await unpackTemplate(unpacked, template)).toBe(true);
    expect(await list(unpacked)).toEqual(await list(made));
    const cluster = await openCluster(unpacked);
    const { rows } = await cluster.query<{ shared: string; segment: string; version: number }>(
      "select current_setting('shared_buffers') shared, current_setting('wal_segment_size') segment, current_setting('server_version_num')::int / 10000 version",
    );
    await cluster.close();
    expect(rows).toEqual([{ shared: '8MB', segment: '1MB', version: 18 }]);
  });
});

describe('The lock of a folder', () => {
  it('is held by one of many that ask at once, again and again', async () => {
    await using folder = await testFolder();
    for (let round = 0; round < 10; round++) {
      const attempts = await Promise.allSettled(Array.from({ length: 8 }, () => lockFolder(folder.path)));
      const held = attempts.filter((attempt) => attempt.status === 'fulfilled');
      expect(held).toHaveLength(1);
      await held[0]?.value.release();
    }
    expect(await readdir(folder.path)).toEqual([]);
  });

  it('works in folders whose path is longer than a socket address', async () => {
    await using folder = await testFolder();
    const deep = join(folder.path, 'x'.repeat(100), 'y'.repeat(100));
    await mkdir(deep, { recursive: true });
    const lock = await lockFolder(deep);
    await expect(lockFolder(deep)).rejects.toThrow(/in use by process/);
    await lock.release();
    await (await lockFolder(deep)).release();
    expect(await readdir(deep)).toEqual([]);
  });
});
