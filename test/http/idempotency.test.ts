import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FairleadError } from '../../src/domain/errors.ts';
import { sealFor } from '../../src/http/idempotency-seal.ts';
import type { StoredAnswer } from '../../src/use-cases/ports/idempotency-repository.ts';
import { type TestApp, type TestToken, testApp } from '../support/app.ts';
import { gate } from '../support/gate.ts';
import { mountProbes, type Probes } from '../support/probe-routes.ts';
import { waitFor } from '../support/wait-for.ts';

describe('A POST with an Idempotency-Key', () => {
  let server: TestApp;
  let caller: TestToken;
  let runs = 0;
  let change: Probes['change'];
  const stored: StoredAnswer[] = [];

  beforeAll(async () => {
    server = await testApp({
      extend: (app) =>
        mountProbes(app, {
          change: (exchange) => {
            runs += 1;
            return change(exchange);
          },
        }),
      wrap: (ports) => ({
        ...ports,
        idempotency: {
          ...ports.idempotency,
          complete: (id, claimant, answer) => {
            stored.push(answer);
            return ports.idempotency.complete(id, claimant, answer);
          },
        },
      }),
    });
    caller = await server.token({ role: 'admin' });
  });
  afterAll(() => server[Symbol.asyncDispose]());
  beforeEach(() => {
    runs = 0;
    change = async ({ reply }) => {
      reply.header('Location', '/somewhere');
      return { run: runs };
    };
  });

  const post = (key: string, more: { url?: string; payload?: object; headers?: object } = {}) =>
    server.app.inject({
      method: 'POST',
      url: more.url ?? '/probe/web',
      headers: { ...caller.headers, 'idempotency-key': key, ...more.headers },
      ...(more.payload === undefined ? {} : { payload: more.payload }),
    });

  it('runs once, and its answer comes again', async () => {
    const key = randomUUID();
    const first = await post(key, { payload: { value: 1, text: 'a' } });
    const second = await post(key, { payload: { text: 'a', value: 1 } });
    expect(first.headers['idempotency-replayed']).toBeUndefined();
    expect(second.headers).toMatchObject({
      'idempotency-replayed': 'true',
      location: '/somewhere',
      'content-type': first.headers['content-type'],
    });
    expect(second.statusCode).toBe(first.statusCode);
    expect(second.body).toBe(first.body);
    expect(runs).toBe(1);
  });

  it('runs once when two come at the same time; the other is told to wait', async () => {
    const key = randomUUID();
    const hold = gate();
    change = async () => {
      await hold.passed;
      return { slow: true };
    };
    const first = post(key);
    await waitFor(() => runs === 1, { what: 'the first to run' });
    const second = await post(key);
    expect(second.statusCode).toBe(409);
    expect(second.json().code).toBe('IDEMPOTENCY_IN_PROGRESS');
    expect(second.headers['retry-after']).toBe('1');
    hold.open();
    expect((await first).json()).toEqual({ slow: true });
    expect((await post(key)).json()).toEqual({ slow: true });
    expect(runs).toBe(1);
  });

  it.each([
    ['body', { payload: { value: 2 } }],
    ['query', { url: '/probe/web?loud=true', payload: { value: 1 } }],
    ['path', { url: '/probe/db', payload: { value: 1 } }],
  ])('and another %s is a 422', async (_what, other) => {
    const key = randomUUID();
    await post(key, { payload: { value: 1 } });
    const answer = await post(key, other);
    expect(answer.statusCode).toBe(422);
    expect(answer.json().code).toBe('IDEMPOTENCY_KEY_REUSED');
    expect(runs).toBe(1);
  });

  it('is another key when another token brings it', async () => {
    const key = randomUUID();
    await post(key);
    const other = await server.token({ role: 'operator' });
    const answer = await post(key, { headers: other.headers });
    expect(answer.headers['idempotency-replayed']).toBeUndefined();
    expect(runs).toBe(2);
  });

  it('replays an answer without a body, and one that refused', async () => {
    const empty = randomUUID();
    change = async ({ reply }) => reply.code(204).send();
    expect((await post(empty)).statusCode).toBe(204);
    expect(await post(empty)).toMatchObject({ statusCode: 204, body: '' });
    const refused = randomUUID();
    change = async () => {
      throw new FairleadError('NAME_IN_USE', 'It is taken.');
    };
    const first = await post(refused);
    const second = await post(refused);
    expect(second.statusCode).toBe(409);
    expect(second.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(second.body).toBe(first.body);
    expect(runs).toBe(2);
  });

  it('runs again after a failure of the server or the Engine', async () => {
    const key = randomUUID();
    change = async () => {
      throw new FairleadError('ENGINE_UNREACHABLE', 'It is gone.');
    };
    expect((await post(key)).statusCode).toBe(502);
    change = async () => ({ well: true });
    expect((await post(key)).json()).toEqual({ well: true });
  });

  it('runs again when the answer was a stream', async () => {
    const key = randomUUID();
    change = async () => Readable.from(['bytes']);
    expect((await post(key)).body).toBe('bytes');
    expect((await post(key)).body).toBe('bytes');
    expect(runs).toBe(2);
  });

  it('compares a streamed body by its type and length', async () => {
    const key = randomUUID();
    change = async ({ body }) => {
      let bytes = 0;
      for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) bytes += chunk.length;
      return { bytes };
    };
    const tar = (text: string) =>
      server.app.inject({
        method: 'POST',
        url: '/probe/stream',
        headers: { ...caller.headers, 'idempotency-key': key, 'content-type': 'application/x-tar' },
        payload: text,
      });
    expect((await tar('12345')).json()).toEqual({ bytes: 5 });
    expect((await tar('12345')).headers['idempotency-replayed']).toBe('true');
    expect((await tar('123456')).statusCode).toBe(422);
  });

  it('goes on when its client is gone, and the answer can be fetched by the same request later', async () => {
    const key = randomUUID();
    const hold = gate();
    change = async () => {
      await hold.passed;
      return { kept: true };
    };
    const url = await server.listen();
    const leaving = new AbortController();
    const gone = fetch(`${url}/probe/web`, {
      method: 'POST',
      headers: { ...caller.headers, 'idempotency-key': key },
      signal: leaving.signal,
    });
    await waitFor(() => runs === 1, { what: 'the request to run' });
    leaving.abort();
    await expect(gone).rejects.toThrow();
    hold.open();
    const again = await waitFor(
      async () => {
        const answer = await post(key);
        return answer.statusCode === 200 ? answer : undefined;
      },
      { what: 'the stored answer' },
    );
    expect(again.json()).toEqual({ kept: true });
    expect(runs).toBe(1);
  });

  it('that is no key is a 400', async () => {
    expect((await post('two words')).statusCode).toBe(400);
    expect((await post('x'.repeat(256))).statusCode).toBe(400);
  });

  it('means nothing to a route that changes nothing', async () => {
    const key = randomUUID();
    const ticket = () => post(key, { url: '/api/v1/docker/ws-tickets' });
    expect((await ticket()).json().ticket).not.toBe((await ticket()).json().ticket);
  });

  it('leaves nothing in the database that reads without the token and the key', async () => {
    const key = randomUUID();
    stored.length = 0;
    const made = await post(key, {
      url: '/api/v1/docker/tokens',
      payload: { name: 'secret', role: 'viewer' },
    });
    expect(made.statusCode).toBe(201);
    const { token } = made.json();
    const [row] = stored;
    if (row === undefined) throw new Error('nothing was stored');
    expect(JSON.stringify(row.headers)).not.toContain(token);
    expect(Buffer.from(row.body).toString('latin1')).not.toContain(token);
    const opened = sealFor(caller.token, key).open(row.status, row.body);
    expect(JSON.parse(Buffer.from(opened).toString())).toMatchObject({ token });
    expect(() => sealFor(caller.token, 'other').open(row.status, row.body)).toThrow();
    expect(() => sealFor('flt_other', key).open(row.status, row.body)).toThrow();
    expect(() => sealFor(caller.token, key).open(200, row.body)).toThrow();
    const again = await post(key, {
      url: '/api/v1/docker/tokens',
      payload: { role: 'viewer', name: 'secret' },
    });
    expect(again.json().token).toBe(token);
  });
});

describe('The lease of an Idempotency-Key', () => {
  it('is renewed for as long as the request runs', async () => {
    const renewed: Date[] = [];
    const hold = gate();
    await using server = await testApp({
      http: { idempotencyLeaseMs: 150 },
      extend: (app) => mountProbes(app, { change: () => hold.passed.then(() => ({ done: true })) }),
      wrap: (ports) => ({
        ...ports,
        idempotency: {
          ...ports.idempotency,
          renew: (id, claimant, leaseUntil) => {
            renewed.push(leaseUntil);
            return ports.idempotency.renew(id, claimant, leaseUntil);
          },
        },
      }),
    });
    const { headers } = await server.token({ role: 'operator' });
    const post = () =>
      server.app.inject({
        method: 'POST',
        url: '/probe/web',
        headers: { ...headers, 'idempotency-key': 'long' },
      });
    const first = post();
    await waitFor(() => renewed.length >= 4, { what: 'four renewals' });
    expect((await post()).statusCode).toBe(409);
    hold.open();
    expect((await first).statusCode).toBe(200);
    const count = renewed.length;
    expect((await post()).headers['idempotency-replayed']).toBe('true');
    expect(renewed.length).toBe(count);
  });
});
