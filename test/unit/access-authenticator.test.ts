import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { FairleadError } from '../../src/domain/errors.ts';
import { hashSecret } from '../../src/domain/secret.ts';
import { createAuthenticator } from '../../src/use-cases/access/authenticator.ts';
import { newToken } from '../../src/use-cases/access/create-token.ts';
import type { TokenRecord } from '../../src/use-cases/ports/token-repository.ts';
import { gate } from '../support/gate.ts';

/** An authenticator over a table of tokens and a clock that a test moves. */
function setUp() {
  const stored = new Map<string, TokenRecord>();
  const time = { ms: 0 };
  const table = { reads: 0, touches: 0, away: false, hold: null as Promise<void> | null };
  const clock = { now: () => new Date(1_800_000_000_000 + time.ms), elapsed: () => time.ms };
  async function read(find: () => TokenRecord | undefined): Promise<TokenRecord | null> {
    table.reads += 1;
    if (table.away) throw new FairleadError('DATABASE_UNAVAILABLE', 'away');
    const found = find() ?? null;
    await table.hold;
    return found;
  }
  const authenticator = createAuthenticator({
    clock,
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    tickets: { consume: async () => null },
    tokens: {
      findByHash: (hash) => read(() => stored.get(hash)),
      get: (id) => read(() => [...stored.values()].find((record) => record.id === id)),
      touch: async () => {
        table.touches += 1;
      },
    },
  });
  function store(fields: Partial<TokenRecord> = {}): { token: string; record: TokenRecord } {
    const token = newToken();
    const record: TokenRecord = {
      ...{ id: randomUUID(), name: 'test', role: 'viewer', createdAt: clock.now(), createdBy: null },
      ...{ permissions: null, hosts: null, stacks: null, projects: null },
      ...{ expiresAt: null, revokedAt: null, lastUsedAt: null },
      ...fields,
    };
    stored.set(hashSecret(token), record);
    return { token, record };
  }
  const change = (token: string, fields: Partial<TokenRecord>) => {
    const record = stored.get(hashSecret(token));
    if (record !== undefined) stored.set(hashSecret(token), { ...record, ...fields });
  };
  return { authenticator, clock, time, table, store, change };
}

describe('The authenticator', () => {
  it('answers from memory for a moment, then asks again', async () => {
    const { authenticator, store, table, time } = setUp();
    const { token, record } = store();
    expect(authenticator.recall(token)).toBeNull();
    await authenticator.byToken(token);
    expect(authenticator.recall(token)).toEqual(record);
    expect(table.reads).toBe(1);
    time.ms += 2_000;
    expect(authenticator.recall(token)).toBeNull();
    expect(authenticator.knows(token)).toBe(true);
  });

  it('does not give a request that comes after a revocation the answer to a question from before', async () => {
    const { authenticator, clock, store, change, table } = setUp();
    const { token, record } = store();
    const hold = gate();
    table.hold = hold.passed;
    const before = authenticator.byToken(token);
    change(token, { revokedAt: clock.now() });
    authenticator.forget(record.id);
    const after = authenticator.byToken(token);
    hold.open();
    await expect(before).resolves.toMatchObject({ id: record.id });
    await expect(after).rejects.toThrow('revoked');
    expect(() => authenticator.recall(token)).toThrow('revoked');
  });

  it('lets an expiry hold while the database is away, and nothing else', async () => {
    const { authenticator, clock, store, table, time } = setUp();
    const brief = store({ expiresAt: new Date(clock.now().getTime() + 5_000) });
    const lasting = store();
    await authenticator.byToken(brief.token);
    await authenticator.byToken(lasting.token);
    table.away = true;
    time.ms += 6_000;
    expect(await authenticator.stillValid(brief.record.id)).toBe(false);
    await expect(authenticator.stillValid(lasting.record.id)).rejects.toMatchObject({
      code: 'DATABASE_UNAVAILABLE',
    });
    await expect(authenticator.byToken(lasting.token)).rejects.toMatchObject({
      code: 'DATABASE_UNAVAILABLE',
    });
  });

  it('notes the use of a token now and then', async () => {
    const { authenticator, clock, store, change, table, time } = setUp();
    const { token } = store();
    await authenticator.byToken(token);
    change(token, { lastUsedAt: clock.now() });
    time.ms += 5_000;
    await authenticator.byToken(token);
    expect(table.touches).toBe(1);
    time.ms += 60_000;
    await authenticator.byToken(token);
    expect(table.touches).toBe(2);
    await authenticator.close();
  });

  it('asks nothing for what does not look like a token', async () => {
    const { authenticator, table } = setUp();
    await expect(authenticator.byToken('hello')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    await expect(authenticator.byTicket('hello')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(table.reads).toBe(0);
  });
});
