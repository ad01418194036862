import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createIdempotencyRepository } from '../../src/repositories/idempotency-repository.ts';
import type {
  ClaimRequest,
  IdempotencyRepository,
  StoredAnswer,
} from '../../src/use-cases/ports/idempotency-repository.ts';
import { DATABASES, type OpenTestDatabase } from '../support/databases.ts';

const NOW = new Date('2026-03-04T05:06:07.089Z');
const seconds = (count: number) => new Date(NOW.getTime() + count * 1000);
const DAY = 86_400;

const ANSWER: StoredAnswer = {
  status: 201,
  headers: { 'content-type': 'application/json', location: '/containers/1' },
  body: Uint8Array.from({ length: 512 }, (_, index) => index % 256),
};

function newRequest(fields: Partial<ClaimRequest> = {}): ClaimRequest {
  return {
    id: randomBytes(32).toString('hex'),
    fingerprint: 'body A',
    claimant: randomUUID(),
    now: NOW,
    leaseUntil: seconds(60),
    expiresAt: seconds(DAY),
    ...fields,
  };
}

describe.each(DATABASES)('Idempotency keys in the $kind database', ({ open }) => {
  let opened: OpenTestDatabase;
  let repository: IdempotencyRepository;

  beforeAll(async () => {
    opened = await open();
    repository = createIdempotencyRepository(opened.database.db);
  });
  afterAll(() => opened[Symbol.asyncDispose]());

  const again = (request: ClaimRequest, fields: Partial<ClaimRequest> = {}) =>
    repository.claim({ ...request, claimant: randomUUID(), ...fields });

  it('are claimed by the first request, in progress for the second, and then replay the answer byte for byte', async () => {
    const request = newRequest();
    expect(await repository.claim(request)).toEqual({ state: 'claimed' });
    expect(await again(request)).toEqual({ state: 'in-progress', fingerprint: 'body A' });
    expect(await repository.complete(request.id, request.claimant, ANSWER)).toBe(true);
    expect(await again(request)).toStrictEqual({ state: 'done', fingerprint: 'body A', answer: ANSWER });
  });

  it('replay an answer without a body', async () => {
    const request = newRequest();
    await repository.claim(request);
    await repository.complete(request.id, request.claimant, {
      status: 204,
      headers: {},
      body: new Uint8Array(),
    });
    expect(await again(request)).toMatchObject({
      state: 'done',
      answer: { status: 204, headers: {}, body: new Uint8Array() },
    });
  });

  it('claimed twenty times at once are won by one', async () => {
    const request = newRequest();
    const claims = await Promise.all(Array.from({ length: 20 }, () => again(request)));
    expect(claims.filter(({ state }) => state === 'claimed')).toHaveLength(1);
    expect(claims.filter(({ state }) => state === 'in-progress')).toHaveLength(19);
  });

  it('show the fingerprint of the first request to another one', async () => {
    const request = newRequest();
    await repository.claim(request);
    expect(await again(request, { fingerprint: 'body B' })).toEqual({
      state: 'in-progress',
      fingerprint: 'body A',
    });
  });

  it('can be claimed again when they were given back', async () => {
    const request = newRequest();
    await repository.claim(request);
    await repository.release(request.id, request.claimant);
    expect(await again(request)).toEqual({ state: 'claimed' });
  });

  it('of a server that died are taken over by an equal request after the lease, by one of many', async () => {
    const request = newRequest();
    await repository.claim(request);
    const later = { now: seconds(60), leaseUntil: seconds(120) };
    expect(await again(request, { ...later, fingerprint: 'body B' })).toMatchObject({ state: 'in-progress' });
    const claims = await Promise.all(Array.from({ length: 10 }, () => again(request, later)));
    expect(claims.filter(({ state }) => state === 'claimed')).toHaveLength(1);
  });

  it('stay with a server that renews them', async () => {
    const request = newRequest();
    await repository.claim(request);
    expect(await repository.renew(request.id, request.claimant, seconds(120))).toBe(true);
    expect(await again(request, { now: seconds(90) })).toMatchObject({ state: 'in-progress' });
  });

  it('cannot be renewed, completed or given back by a server that lost them', async () => {
    const request = newRequest();
    await repository.claim(request);
    const winner = randomUUID();
    await repository.claim({ ...request, claimant: winner, now: seconds(61), leaseUntil: seconds(121) });
    expect(await repository.renew(request.id, request.claimant, seconds(999))).toBe(false);
    expect(await repository.complete(request.id, request.claimant, { ...ANSWER, status: 500 })).toBe(false);
    await repository.release(request.id, request.claimant);
    expect(await repository.complete(request.id, winner, ANSWER)).toBe(true);
    expect(await again(request)).toMatchObject({ state: 'done', answer: { status: 201 } });
  });

  it('that are done are not taken over, renewed or given back', async () => {
    const request = newRequest();
    await repository.claim(request);
    await repository.complete(request.id, request.claimant, ANSWER);
    await repository.release(request.id, request.claimant);
    expect(await repository.renew(request.id, request.claimant, seconds(999))).toBe(false);
    expect(await again(request, { now: seconds(3_600) })).toMatchObject({ state: 'done' });
  });

  it('are forgotten when they expire, with whatever was answered', async () => {
    const request = newRequest();
    await repository.claim(request);
    await repository.complete(request.id, request.claimant, ANSWER);
    const nextDay = {
      now: seconds(DAY),
      leaseUntil: seconds(DAY + 60),
      expiresAt: seconds(2 * DAY),
      fingerprint: 'body B',
    };
    expect(await again(request, nextDay)).toEqual({ state: 'claimed' });
    expect(await again(request, nextDay)).toEqual({ state: 'in-progress', fingerprint: 'body B' });
  });

  it('are purged when they have expired, and not before', async () => {
    await repository.purge(seconds(100 * DAY));
    const old = newRequest({ expiresAt: seconds(10) });
    const young = newRequest({ expiresAt: seconds(20) });
    await repository.claim(old);
    await repository.claim(young);
    expect(await repository.purge(seconds(10))).toBe(1);
    expect(await again(young)).toMatchObject({ state: 'in-progress' });
    expect(await again(old)).toMatchObject({ state: 'claimed' });
  });
});
