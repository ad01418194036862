import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTicketRepository } from '../../src/repositories/ticket-repository.ts';
import { createTokenRepository } from '../../src/repositories/token-repository.ts';
import type { TicketRepository } from '../../src/use-cases/ports/ticket-repository.ts';
import { DATABASES, type OpenTestDatabase } from '../support/databases.ts';

const NOW = new Date('2026-03-04T05:06:07.089Z');
const seconds = (count: number) => new Date(NOW.getTime() + count * 1000);
const newHash = () => randomBytes(32).toString('hex');

describe.each(DATABASES)('WebSocket tickets in the $kind database', ({ open }) => {
  const tokenId = randomUUID();
  let opened: OpenTestDatabase;
  let repository: TicketRepository;

  beforeAll(async () => {
    opened = await open();
    repository = createTicketRepository(opened.database.db);
    await createTokenRepository(opened.database.db).insert({
      id: tokenId,
      hash: newHash(),
      name: 'browser',
      role: 'viewer',
      permissions: null,
      hosts: null,
      stacks: null,
      projects: null,
      createdAt: NOW,
      createdBy: null,
      expiresAt: null,
      revokedAt: null,
      lastUsedAt: null,
    });
  });
  afterAll(() => opened[Symbol.asyncDispose]());

  const issue = async (expiresAt: Date) => {
    const hash = newHash();
    await repository.insert({ hash, tokenId, address: '::1', expiresAt });
    return hash;
  };

  it('open one WebSocket', async () => {
    const hash = await issue(seconds(30));
    expect(await repository.consume(hash, NOW)).toBe(tokenId);
    expect(await repository.consume(hash, NOW)).toBeNull();
  });

  it('used twenty times at once open one WebSocket', async () => {
    const hash = await issue(seconds(30));
    const answers = await Promise.all(Array.from({ length: 20 }, () => repository.consume(hash, NOW)));
    expect(answers.filter((answer) => answer !== null)).toEqual([tokenId]);
  });

  it('that are expired or unknown open none', async () => {
    const hash = await issue(seconds(30));
    expect(await repository.consume(hash, seconds(30))).toBeNull();
    expect(await repository.consume(hash, NOW)).toBeNull();
    expect(await repository.consume(newHash(), NOW)).toBeNull();
  });

  it('are purged when they have expired, and not before', async () => {
    await repository.purge(seconds(1000));
    const old = await issue(seconds(10));
    const young = await issue(seconds(20));
    expect(await repository.purge(seconds(10))).toBe(1);
    expect(await repository.consume(old, NOW)).toBeNull();
    expect(await repository.consume(young, NOW)).toBe(tokenId);
  });
});
