import { randomUUID } from 'node:crypto';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAuditRepository } from '../../src/repositories/audit-repository.ts';
import { rows } from '../../src/repositories/handle.ts';
import type {
  AuditEvent,
  AuditFilters,
  AuditRepository,
} from '../../src/use-cases/ports/audit-repository.ts';
import { DATABASES, type OpenTestDatabase } from '../support/databases.ts';

const NOW = new Date('2026-03-04T05:06:07.089Z');
const minutes = (count: number) => new Date(NOW.getTime() + count * 60_000);

function newEvent(fields: Partial<AuditEvent> = {}): AuditEvent {
  return {
    id: randomUUID(),
    time: NOW,
    tokenId: randomUUID(),
    actorName: 'ci',
    operation: 'containers.start',
    targetType: 'container',
    targetId: 'web',
    host: 'local',
    outcome: 'succeeded',
    errorCode: null,
    requestId: randomUUID(),
    address: '127.0.0.1',
    details: null,
    ...fields,
  };
}

describe.each(DATABASES)('The audit trail in the $kind database', ({ open }) => {
  let opened: OpenTestDatabase;
  let repository: AuditRepository;

  beforeAll(async () => {
    opened = await open();
    repository = createAuditRepository(opened.database.db);
  });
  afterAll(() => opened[Symbol.asyncDispose]());

  const idsOf = async (filters: AuditFilters) => {
    const { items } = await repository.list({ limit: 500, cursor: null, filters });
    return items.map(({ id }) => id);
  };

  it('gives lines back as they were written', async () => {
    const full = newEvent({
      outcome: 'failed',
      errorCode: 'CONFLICT',
      details: { signal: 'SIGTERM', code: 1.5, force: true },
    });
    const bare = newEvent({ tokenId: null, targetId: null, host: null, requestId: full.requestId });
    await repository.append(full);
    await repository.append(bare);
    const { items } = await repository.list({ limit: 2, cursor: null, filters: {} });
    expect(items).toStrictEqual([bare, full]);
  });

  it('is in the order of writing, whatever the clocks say', async () => {
    const actor = randomUUID();
    const events = [0, 5, -5, 0, 0].map((offset) => newEvent({ actorName: actor, time: minutes(offset) }));
    for (const event of events) await repository.append(event);
    expect(await idsOf({ actor })).toEqual(events.map(({ id }) => id).reverse());
  });

  it('is read in pages that new lines do not shift', async () => {
    const actor = randomUUID();
    const events = Array.from({ length: 23 }, () => newEvent({ actorName: actor }));
    for (const event of events) await repository.append(event);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await repository.list({ limit: 5, cursor, filters: { actor } });
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
      await repository.append(newEvent({ actorName: actor }));
    } while (cursor !== null);
    expect(seen).toEqual(events.map(({ id }) => id).reverse());
  });

  it('keeps every line of many that are written at once', async () => {
    const actor = randomUUID();
    const events = Array.from({ length: 100 }, () => newEvent({ actorName: actor }));
    await Promise.all(events.map((event) => repository.append(event)));
    expect((await idsOf({ actor })).toSorted()).toEqual(events.map(({ id }) => id).toSorted());
  });

  it('is filtered by each property, and by all together', async () => {
    const actorName = randomUUID();
    const tokenId = randomUUID();
    const wanted = newEvent({
      actorName,
      tokenId,
      operation: 'containers.exec.start',
      targetType: 'exec',
      targetId: 'e1',
      outcome: 'refused',
      time: minutes(10),
    });
    const other = newEvent({ actorName, operation: 'containersx', time: minutes(20) });
    await repository.append(other);
    await repository.append(wanted);
    const each: AuditFilters[] = [
      { tokenId },
      { operation: 'containers.exec.start' },
      { operation: 'containers.*' },
      { operation: 'containers.exec.*' },
      { targetType: 'exec' },
      { target: 'e1' },
      { outcome: 'refused' },
      { until: minutes(20) },
      { since: minutes(10), until: minutes(11) },
    ];
    for (const filters of each)
      expect(await idsOf({ actor: actorName, ...filters }), JSON.stringify(filters)).toEqual([wanted.id]);
    const all: AuditFilters = Object.fromEntries(each.flatMap((filters) => Object.entries(filters)));
    expect(await idsOf({ ...all, actor: actorName })).toEqual([wanted.id]);
    expect(await idsOf({ actor: actorName, since: minutes(20) })).toEqual([other.id]);
    expect(await idsOf({ actor: actorName, tokenId: 'no id' })).toEqual([]);
    expect(await idsOf({ operation: "%' or true --" })).toEqual([]);
  });

  it('takes no cursor of another list', async () => {
    const forged = (key: unknown) => Buffer.from(JSON.stringify(key)).toString('base64url');
    for (const cursor of [
      'x',
      forged(['tokens', '1']),
      forged(['audit', '-1']),
      forged(['audit', '9'.repeat(30)]),
    ]) {
      const list = repository.list({ limit: 5, cursor, filters: {} });
      await expect(list).rejects.toMatchObject({ code: 'INVALID_CURSOR' });
    }
  });

  it.each([
    ['an update', sql`update audit_events set actor_name = 'nobody'`],
    ['an update of no line', sql`update audit_events set actor_name = 'nobody' where false`],
    ['a delete', sql`delete from audit_events`],
    ['a truncate', sql`truncate audit_events`],
    [
      'an upsert',
      sql`insert into audit_events select * from audit_events on conflict (id) do update set actor_name = 'nobody'`,
    ],
  ])('refuses %s in the database itself', async (_what, statement) => {
    const lines = async () =>
      rows<Record<string, unknown>>(opened.database.db, sql`select * from audit_events order by id`);
    await repository.append(newEvent());
    const before = await lines();
    await expect(opened.database.db.execute(statement)).rejects.toMatchObject({
      cause: { message: expect.stringContaining('append-only') as string },
    });
    expect(await lines()).toEqual(before);
  });
});
