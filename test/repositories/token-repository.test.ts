import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTokenRepository } from '../../src/repositories/token-repository.ts';
import type { NewToken, TokenRepository } from '../../src/use-cases/ports/token-repository.ts';
import { DATABASES, type OpenTestDatabase } from '../support/databases.ts';

const NOW = new Date('2026-03-04T05:06:07.089Z');
const minutes = (count: number) => new Date(NOW.getTime() + count * 60_000);

function newToken(fields: Partial<NewToken> = {}): NewToken {
  const id = randomUUID();
  return {
    id,
    hash: createHash('sha256').update(id).digest('hex'),
    name: `token ${id}`,
    role: 'operator',
    permissions: null,
    hosts: null,
    stacks: null,
    projects: null,
    createdAt: NOW,
    createdBy: null,
    expiresAt: null,
    revokedAt: null,
    lastUsedAt: null,
    ...fields,
  };
}

describe.each(DATABASES)('Tokens in the $kind database', ({ open }) => {
  let opened: OpenTestDatabase;
  let repository: TokenRepository;

  beforeAll(async () => {
    opened = await open();
    repository = createTokenRepository(opened.database.db);
  });
  afterAll(() => opened[Symbol.asyncDispose]());

  it('come back as they were stored, without the hash', async () => {
    const { hash, ...record } = newToken({
      role: 'admin',
      permissions: ['containers.*', 'system.version'],
      hosts: ['local'],
      stacks: [],
      projects: ['shop "quoted" ünïcode'],
      createdBy: randomUUID(),
      expiresAt: minutes(5),
      revokedAt: minutes(1),
      lastUsedAt: minutes(2),
    });
    await repository.insert({ hash, ...record });
    expect(await repository.get(record.id)).toStrictEqual(record);
    expect(await repository.findByHash(hash)).toStrictEqual(record);
  });

  it('that are narrowed to nothing differ from those that are not narrowed', async () => {
    const none = newToken({ hosts: [] });
    const all = newToken({ hosts: null });
    await repository.insert(none);
    await repository.insert(all);
    expect((await repository.get(none.id))?.hosts).toEqual([]);
    expect((await repository.get(all.id))?.hosts).toBeNull();
  });

  it('that do not exist are null, whatever was asked for', async () => {
    expect(await repository.get(randomUUID())).toBeNull();
    expect(await repository.get("'; drop table tokens; --")).toBeNull();
    expect(await repository.findByHash('0'.repeat(64))).toBeNull();
    expect(await repository.findByHash('')).toBeNull();
  });

  it('with a hash that is taken are refused without telling the hash', async () => {
    const token = newToken();
    await repository.insert(token);
    const twin = repository.insert(newToken({ hash: token.hash }));
    await expect(twin).rejects.toMatchObject({ sqlState: '23505', constraint: 'tokens_hash_unique' });
    const error: unknown = await twin.catch((cause: unknown) => cause);
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain(token.hash);
  });

  it('are revoked once', async () => {
    const token = newToken();
    await repository.insert(token);
    expect(await repository.revoke(token.id, minutes(1))).toBe(true);
    expect(await repository.revoke(token.id, minutes(2))).toBe(false);
    expect((await repository.get(token.id))?.revokedAt).toEqual(minutes(1));
    expect(await repository.revoke(randomUUID(), NOW)).toBe(false);
    expect(await repository.revoke('no id', NOW)).toBe(false);
  });

  it('revoked by ten callers at once are revoked by one of them', async () => {
    const token = newToken();
    await repository.insert(token);
    const revoked = await Promise.all(Array.from({ length: 10 }, () => repository.revoke(token.id, NOW)));
    expect(revoked.filter(Boolean)).toHaveLength(1);
  });

  it('remember the latest use, however late an earlier one is noted', async () => {
    const token = newToken();
    await repository.insert(token);
    await repository.touch(token.id, minutes(3));
    await repository.touch(token.id, minutes(2));
    expect((await repository.get(token.id))?.lastUsedAt).toEqual(minutes(3));
  });

  it('count as active admins only when valid and not narrowed', async () => {
    const before = await repository.countActiveAdmins(NOW);
    const admin = (fields: Partial<NewToken>) => repository.insert(newToken({ role: 'admin', ...fields }));
    await admin({});
    await admin({ expiresAt: minutes(1) });
    await admin({ expiresAt: NOW });
    await admin({ revokedAt: minutes(-1) });
    await admin({ permissions: ['containers.*'] });
    await admin({ hosts: ['local'] });
    await admin({ role: 'operator' });
    expect(await repository.countActiveAdmins(NOW)).toBe(before + 2);
    expect(await repository.countActiveAdmins(minutes(2))).toBe(before + 1);
  });

  it('are listed newest first in pages, each once, also when many are from one moment', async () => {
    const future = 1_000_000;
    const made = Array.from({ length: 25 }, (_, index) =>
      newToken({ createdAt: minutes(future + Math.floor(index / 10)) }),
    );
    for (const token of made) await repository.insert(token);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page = await repository.list({ limit: 4, cursor });
      expect(page.items.length).toBeLessThanOrEqual(4);
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor;
      // One made while another reads on does not shift what is to come.
      await repository.insert(newToken({ createdAt: minutes(future * 2 + seen.length) }));
    } while (cursor !== null);
    expect(seen.slice(0, 25).toSorted()).toEqual(made.map(({ id }) => id).toSorted());
    expect(seen.slice(0, 5).toSorted()).toEqual(
      made
        .slice(20)
        .map(({ id }) => id)
        .toSorted(),
    );
    expect(new Set(seen).size).toBe(seen.length);
  });

  it('have no next page after the last item', async () => {
    const { items } = await repository.list({ limit: 500, cursor: null });
    expect((await repository.list({ limit: items.length, cursor: null })).nextCursor).toBeNull();
    expect((await repository.list({ limit: items.length - 1, cursor: null })).nextCursor).not.toBeNull();
  });

  it('refuse a cursor that is not theirs', async () => {
    const forged = Buffer.from(JSON.stringify(['tokens', "2026-01-01T00:00:00.000Z'", randomUUID()]));
    for (const cursor of ['', 'nonsense', forged.toString('base64url')]) {
      await expect(repository.list({ limit: 5, cursor })).rejects.toMatchObject({ code: 'INVALID_CURSOR' });
    }
  });
});
