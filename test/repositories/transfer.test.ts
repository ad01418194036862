import { randomBytes, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { getTableName, sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import { OperatorError } from '../../src/domain/operator-error.ts';
import { createAuditRepository } from '../../src/repositories/audit-repository.ts';
import { type Handle, rows } from '../../src/repositories/handle.ts';
import { createIdempotencyRepository } from '../../src/repositories/idempotency-repository.ts';
import { createSettingsRepository } from '../../src/repositories/settings-repository.ts';
import { TABLES } from '../../src/repositories/tables.ts';
import { createTicketRepository } from '../../src/repositories/ticket-repository.ts';
import { createTokenRepository } from '../../src/repositories/token-repository.ts';
import { exportData } from '../../src/repositories/transfer/export-data.ts';
import { importData } from '../../src/repositories/transfer/import-data.ts';
import { DATABASES } from '../support/databases.ts';

const NOW = new Date('2026-03-04T05:06:07.089Z');
const LATER = new Date('2027-03-04T05:06:07.001Z');
const AWKWARD = 'tab\t "quotes" \\back\\ \u2028 ünïcode 🐳 {"json": null}\n';

/** Something in every table, with every type of value, and more audit lines than fit into one batch. */
async function fill(db: Handle, auditLines = 2_500): Promise<void> {
  const tokenId = randomUUID();
  await createSettingsRepository(db).put('awkward', AWKWARD);
  await createTokenRepository(db).insert({
    ...{ id: tokenId, hash: randomBytes(32).toString('hex'), name: AWKWARD, role: 'operator' },
    ...{ permissions: ['containers.*'], hosts: [], stacks: null, projects: null },
    ...{ createdAt: NOW, createdBy: randomUUID(), expiresAt: LATER, revokedAt: null, lastUsedAt: null },
  });
  await createTicketRepository(db).insert({
    ...{ hash: randomBytes(32).toString('hex'), tokenId, address: '::1', expiresAt: LATER },
  });
  const keys = createIdempotencyRepository(db);
  for (const size of [0, 700_000, null]) {
    const id = randomBytes(32).toString('hex');
    const claimant = randomUUID();
    await keys.claim({ id, claimant, fingerprint: 'f', now: NOW, leaseUntil: LATER, expiresAt: LATER });
    if (size === null) continue;
    const answer = { status: 200, headers: { 'x-awkward': AWKWARD }, body: randomBytes(size) };
    await keys.complete(id, claimant, answer);
  }
  const audit = createAuditRepository(db);
  for (const outcome of ['succeeded', 'refused'] as const) {
    await audit.append({
      ...{ id: randomUUID(), time: NOW, tokenId, actorName: AWKWARD, operation: 'containers.start', outcome },
      ...{
        targetType: 'container',
        targetId: null,
        host: 'local',
        errorCode: null,
        requestId: 'r',
        address: '::1',
      },
      details: { text: AWKWARD, number: 1.25, big: 9_007_199_254_740_991, flag: false },
    });
  }
  await db.execute(sql`
    insert into audit_events (id, time, actor_name, operation, target_type, outcome, request_id, address, position)
    select gen_random_uuid(), now(), 'bulk', 'containers.stop', 'container', 'succeeded', n::text, '::1', 9007199254740993 + n
    from generate_series(1, ${auditLines}) n`);
}

/** All that a database holds, as PostgreSQL itself writes it. */
async function everything(db: Handle): Promise<string[]> {
  return db.transaction(async (transaction) => {
    await transaction.execute(sql`set local timezone to 'UTC'`);
    const found: string[] = [];
    for (const table of TABLES) {
      const select = sql`select t::text as line from ${table} t order by 1`;
      const lines = await rows<{ line: string }>(transaction, select);
      found.push(getTableName(table), ...lines.map(({ line }) => line));
    }
    return found;
  });
}

async function exported(db: Handle): Promise<string> {
  const parts: string[] = [];
  await exportData(db, NOW, async (lines) => {
    parts.push(lines);
  });
  return parts.join('');
}

/** A file that arrives in pieces that end anywhere. */
function file(text: string, pieceBytes = 64_001): AsyncIterable<Buffer> {
  const whole = Buffer.from(text);
  const pieces = Array.from({ length: Math.ceil(whole.length / pieceBytes) }, (_, index) =>
    whole.subarray(index * pieceBytes, (index + 1) * pieceBytes),
  );
  return Readable.from(pieces);
}

const [embedded, postgresql] = DATABASES;

describe.each([
  { from: embedded, to: postgresql },
  { from: postgresql, to: embedded },
])('Moving all data from the $from.kind to the $to.kind database', ({ from, to }) => {
  it('gives the same rows, and the same export again', async () => {
    await using source = await from.open();
    await using target = await to.open();
    await fill(source.database.db);
    const text = await exported(source.database.db);
    const counts = await importData(target.database.db, file(text), false);
    expect(counts).toEqual({
      settings: 1,
      tokens: 1,
      ws_tickets: 1,
      idempotency_keys: 3,
      audit_events: 2_502,
    });
    expect(await everything(target.database.db)).toEqual(await everything(source.database.db));
    expect(await exported(target.database.db)).toBe(text);
  });
});

describe.each(DATABASES)('An export read into the $kind database', ({ open }) => {
  it('lets it go on where the other one was', async () => {
    await using source = await open();
    await using target = await open();
    await fill(source.database.db, 3);
    await importData(target.database.db, file(await exported(source.database.db)), false);
    const audit = createAuditRepository(target.database.db);
    const { items } = await audit.list({ limit: 1, cursor: null, filters: {} });
    const next = { ...(items[0] as NonNullable<(typeof items)[0]>), id: randomUUID() };
    await audit.append(next);
    expect((await audit.list({ limit: 1, cursor: null, filters: {} })).items).toEqual([next]);
    await expect(target.database.db.execute(sql`delete from audit_events`)).rejects.toThrow('Failed query');
  });

  it('is refused when it holds something, and replaces that only when told to', async () => {
    await using source = await open();
    await using target = await open();
    await fill(source.database.db, 3);
    await fill(target.database.db, 5);
    const text = await exported(source.database.db);
    const before = await everything(target.database.db);
    await expect(importData(target.database.db, file(text), false)).rejects.toThrow(
      /not empty: settings \(1\), tokens \(1\).*audit_events \(7\)\.[\s\S]*--replace/,
    );
    expect(await everything(target.database.db)).toEqual(before);
    await importData(target.database.db, file(text), true);
    expect(await everything(target.database.db)).toEqual(await everything(source.database.db));
    await expect(target.database.db.execute(sql`truncate audit_events`)).rejects.toThrow('Failed query');
  });

  it('that is broken in any way changes nothing', async () => {
    await using source = await open();
    await using target = await open();
    await fill(source.database.db, 20);
    await fill(target.database.db, 1);
    const text = await exported(source.database.db);
    const lines = text.split('\n');
    const header = lines[0] ?? '';
    const without = (index: number) => lines.toSpliced(index, 1).join('\n');
    const changed = (from: string, to: string) => text.replace(from, to);
    const broken: Record<string, [string, RegExp]> = {
      empty: ['', /not an export/],
      'no JSON': ['hello\n', /not an export/],
      'other JSON': ['{"a":1}\n', /not an export/],
      'cut off in the header': [header.slice(0, 50), /not an export/],
      'cut off after the header': [`${header}\n`, /not complete/],
      'cut off within a row': [text.slice(0, text.length / 2), /not complete|does not fit/],
      'without its last line': [lines.slice(0, -2).join('\n'), /not complete/],
      'without a row': [without(10), /not complete|does not fit/],
      'with a changed value': [changed('"bulk"', '"bulb"'), /checksum/],
      'with an invalid row': [changed('"time": "', '"time": "x'), /does not fit/],
      'with a doubled row': [
        text.replace(`${lines[3]}\n`, `${lines[3]}\n${lines[3]}\n`),
        /does not fit|not complete/,
      ],
      'with something behind it': [`${text}{}\n`, /follows/],
      'of another format': [changed('"fairleadExport":1', '"fairleadExport":9'), /format 9[\s\S]*release/],
      'of another schema': [
        changed('"migration":"', '"migration":"9999_'),
        /form 9999_[\s\S]*release that wrote it/,
      ],
      'without a table': [changed('"tokens":1,', ''), /release that wrote it/],
    };
    const before = await everything(target.database.db);
    for (const [what, [content, message]] of Object.entries(broken)) {
      const refused = importData(target.database.db, file(content, 777), true);
      await expect(refused, what).rejects.toThrow(message);
      await expect(refused, what).rejects.toBeInstanceOf(OperatorError);
    }
    expect(await everything(target.database.db)).toEqual(before);
  });

  it('whose reading fails half-way changes nothing', async () => {
    await using target = await open();
    async function* failing() {
      yield Buffer.from((await exported(target.database.db)).split('\n')[0] ?? '');
      throw new Error('The disk is gone.');
    }
    await expect(importData(target.database.db, failing(), false)).rejects.toThrow(
      'The export cannot be read: The disk is gone.',
    );
  });

  it('leaves no table out', async () => {
    await using target = await open();
    const found = await rows<{ name: string }>(
      target.database.db,
      sql`select table_name as name from information_schema.tables where table_schema = 'public'`,
    );
    expect(found.map(({ name }) => name).toSorted()).toEqual(TABLES.map(getTableName).toSorted());
  });
});

describe('An export', () => {
  it('shows one moment, whatever is written meanwhile', async () => {
    await using source = await postgresql.open();
    const { db } = source.database;
    await fill(db, 10);
    const quiet = await exported(db);
    const parts: string[] = [];
    await exportData(db, NOW, async (lines) => {
      parts.push(lines);
      await createSettingsRepository(db).put(randomUUID(), 'late');
      await db.execute(sql`delete from tokens`);
    });
    expect(parts.join('')).toBe(quiet);
  });

  it('of much data is made and read in small parts', async () => {
    await using source = await embedded.open();
    await using target = await postgresql.open();
    await fill(source.database.db, 20_000);
    const parts: string[] = [];
    await exportData(source.database.db, NOW, async (lines) => {
      parts.push(lines);
    });
    // One row of 700 kB makes a part larger than the megabyte that is aimed at.
    expect(Math.max(...parts.map((part) => part.length))).toBeLessThan(3_000_000);
    await importData(target.database.db, file(parts.join('')), false);
    expect(await everything(target.database.db)).toEqual(await everything(source.database.db));
  });
});
