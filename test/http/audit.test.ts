import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FairleadError } from '../../src/domain/errors.ts';
import type { AuditEvent } from '../../src/use-cases/ports/audit-repository.ts';
import { type TestApp, type TestToken, testApp } from '../support/app.ts';
import { mountProbes, type Probes } from '../support/probe-routes.ts';
import { closed, connect } from '../support/sockets.ts';
import { waitFor } from '../support/wait-for.ts';

describe('The audit trail', () => {
  let server: TestApp;
  let admin: TestToken;
  const probes: Partial<Probes> = {};
  beforeAll(async () => {
    server = await testApp({
      extend: (app) =>
        mountProbes(app, {
          change: async (exchange) => (await probes.change?.(exchange)) ?? { changed: true },
          socket: async (ws, exchange) => probes.socket?.(ws, exchange),
        }),
    });
    admin = await server.token({ role: 'admin', name: 'root' });
  });
  afterAll(() => server[Symbol.asyncDispose]());
  beforeEach(() => {
    delete probes.change;
    delete probes.socket;
  });

  const post = (requestId: string, headers: object, url = '/probe/web') =>
    server.app.inject({ method: 'POST', url, headers: { ...headers, 'x-request-id': requestId } });

  /** The lines of one request that are there now, oldest first. */
  async function linesNow(requestId: string): Promise<AuditEvent[]> {
    const answer = await server.app.inject({
      url: '/api/v1/docker/audit?limit=500',
      headers: admin.headers,
    });
    return (answer.json().items as AuditEvent[]).filter((line) => line.requestId === requestId).reverse();
  }

  /** The same, once there are as many as expected. */
  async function lines(requestId: string, count = 1): Promise<AuditEvent[]> {
    return waitFor(
      async () => {
        const found = await linesNow(requestId);
        return found.length >= count ? found : undefined;
      },
      { what: `${count} audit lines of ${requestId}` },
    );
  }

  it('has a line for what changed something: who, what, target, host, outcome, from where', async () => {
    const { headers, id } = await server.token({ role: 'operator', name: 'bot' });
    await post('a-change', headers, '/probe/web?host=local');
    expect(await lines('a-change')).toEqual([
      {
        id: expect.any(String),
        time: expect.any(String),
        tokenId: id,
        actorName: 'bot',
        operation: 'containers.start',
        targetType: 'container',
        targetId: 'web',
        host: 'local',
        outcome: 'succeeded',
        errorCode: null,
        requestId: 'a-change',
        address: '127.0.0.1',
        details: null,
      },
    ]);
  });

  it('tells a failure by its code, and what was refused, reads too', async () => {
    probes.change = async () => {
      throw new FairleadError('CONTAINER_NOT_FOUND', 'It is gone.');
    };
    const { headers } = await server.token({ role: 'operator' });
    await post('a-failure', headers);
    expect((await lines('a-failure'))[0]).toMatchObject({
      outcome: 'failed',
      errorCode: 'CONTAINER_NOT_FOUND',
    });
    const viewer = await server.token();
    await post('a-refusal', viewer.headers);
    expect((await lines('a-refusal'))[0]).toMatchObject({
      outcome: 'refused',
      errorCode: 'FORBIDDEN',
      targetId: 'web',
    });
    await server.app.inject({
      url: '/api/v1/docker/tokens',
      headers: { ...viewer.headers, 'x-request-id': 'a-refused-read' },
    });
    expect((await lines('a-refused-read'))[0]).toMatchObject({
      outcome: 'refused',
      targetType: 'token',
      host: null,
    });
  });

  it('has no line for reads, for strangers, and for what did not get as far as doing something', async () => {
    const { headers } = await server.token({ role: 'operator' });
    await server.app.inject({ url: '/probe/web', headers: { ...headers, 'x-request-id': 'silent' } });
    await post('silent', {});
    await server.app.inject({
      method: 'POST',
      url: '/probe/web',
      headers: { ...headers, 'x-request-id': 'silent' },
      payload: { unknown: 1 },
    });
    await post('after-silence', headers);
    await lines('after-silence');
    expect(await linesNow('silent')).toEqual([]);
  });

  it('names what was made, and what the handler adds', async () => {
    const made = await server.app.inject({
      method: 'POST',
      url: '/api/v1/docker/tokens',
      headers: { ...admin.headers, 'x-request-id': 'made' },
      payload: { name: 'new', role: 'viewer' },
    });
    expect((await lines('made'))[0]).toMatchObject({
      operation: 'access.tokens.create',
      targetId: made.json().id,
      details: null,
    });
    probes.change = async ({ note }) => {
      note({ details: { exitCode: 3 } });
      note({ targetId: 'abc', details: { tty: true } });
    };
    await post('noted', admin.headers);
    expect((await lines('noted'))[0]).toMatchObject({ targetId: 'abc', details: { exitCode: 3, tty: true } });
  });

  it('has two lines for a WebSocket: that it began, and how it ended', async () => {
    const url = await server.listen();
    const { headers } = await server.token({ role: 'operator' });
    probes.socket = async (_ws, { note }) => note({ details: { exitCode: 0 } });
    const well = await connect(`${url}/probe/web/terminal`, {
      headers: { ...headers, 'x-request-id': 'ws-well' },
    });
    expect(await closed(well)).toMatchObject({ code: 1000 });
    const [began, ended] = await lines('ws-well', 2);
    expect(began).toMatchObject({ outcome: 'started', operation: 'containers.terminal', details: null });
    expect(ended).toMatchObject({ outcome: 'succeeded', details: { exitCode: 0 } });

    probes.socket = async () => {
      throw new FairleadError('CONTAINER_NOT_RUNNING', 'It has stopped.');
    };
    const badly = await connect(`${url}/probe/web/terminal`, {
      headers: { ...headers, 'x-request-id': 'ws-badly' },
    });
    expect(await closed(badly)).toEqual({ code: 4409, reason: 'CONTAINER_NOT_RUNNING: It has stopped.' });
    expect((await lines('ws-badly', 2))[1]).toMatchObject({
      outcome: 'failed',
      errorCode: 'CONTAINER_NOT_RUNNING',
    });
  });

  it('has no second line for an answer that is replayed', async () => {
    const headers = { ...admin.headers, 'idempotency-key': 'once' };
    await post('replayed', headers);
    expect((await post('replayed', headers)).headers['idempotency-replayed']).toBe('true');
    await post('after-replay', admin.headers);
    await lines('after-replay');
    expect(await linesNow('replayed')).toHaveLength(1);
  });

  it('can be searched and read in pages, and refuses a cursor that it did not make', async () => {
    for (let n = 0; n < 5; n += 1) await post(`page-${n}`, admin.headers, '/probe/paged');
    await lines('page-4');
    const list = (query: string) =>
      server.app.inject({ url: `/api/v1/docker/audit?${query}`, headers: admin.headers });
    const first = (await list('target=paged&operation=containers.*&limit=3')).json();
    const second = (
      await list(`target=paged&operation=containers.*&limit=3&cursor=${first.nextCursor}`)
    ).json();
    const seen = [...first.items, ...second.items].map(({ requestId }: AuditEvent) => requestId);
    expect(seen).toEqual(['page-4', 'page-3', 'page-2', 'page-1', 'page-0']);
    expect(second.nextCursor).toBeNull();
    expect((await list('target=paged&since=2100-01-01T00:00:00Z')).json().items).toEqual([]);
    for (const cursor of [`${first.nextCursor}x`, 'AAAA', '!!!', first.nextCursor.slice(1)]) {
      const refused = await list(`cursor=${encodeURIComponent(cursor)}`);
      expect(refused.statusCode).toBe(400);
      expect(refused.json().code).toBe('INVALID_CURSOR');
    }
    expect((await list('limit=501')).statusCode).toBe(400);
    expect((await list('since=yesterday')).statusCode).toBe(400);
  });

  it('is not for tokens that are narrowed to a part', async () => {
    const { headers } = await server.token({ role: 'admin', stacks: ['shop'] });
    expect((await server.app.inject({ url: '/api/v1/docker/audit', headers })).statusCode).toBe(403);
  });
});
