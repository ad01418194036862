import { describe, expect, it } from 'vitest';
import { withoutSecrets } from '../../src/http/log.ts';
import { testApp } from '../support/app.ts';
import { mountProbes } from '../support/probe-routes.ts';
import { closed, connect } from '../support/sockets.ts';
import { waitFor } from '../support/wait-for.ts';

describe('The log', () => {
  it('has one line for each request, with operation, status, duration, actor and request id', async () => {
    await using server = await testApp({ extend: (app) => mountProbes(app), logLevel: 'info' });
    const { headers } = await server.token({ name: 'bot' });
    await server.app.inject({ url: '/probe/web?tail=1', headers: { ...headers, 'x-request-id': 'one' } });
    await server.app.inject({ url: '/nothing', headers: { 'x-request-id': 'two' } });
    const lines = server.log.map((line) => JSON.parse(line));
    expect(lines).toEqual([
      expect.objectContaining({
        level: 'info',
        time: expect.stringMatching(/^\d{4}-.*Z$/),
        requestId: 'one',
        operation: 'containers.logs',
        method: 'GET',
        url: '/probe/web?tail=1',
        status: 200,
        ms: expect.any(Number),
        actor: 'bot',
        address: '127.0.0.1',
        msg: 'request',
      }),
      expect.objectContaining({ requestId: 'two', operation: 'none', status: 404, actor: null }),
    ]);
  });

  it('has a line for a WebSocket when it is over, with its close code', async () => {
    await using server = await testApp({ extend: (app) => mountProbes(app), logLevel: 'info' });
    const url = await server.listen();
    const { headers } = await server.token();
    const ws = await connect(`${url}/probe/web`, { headers: { ...headers, 'x-request-id': 'ws' } });
    ws.close(1000);
    await closed(ws);
    const line = await waitFor(() => server.log.find((text) => text.includes('"requestId":"ws"')), {
      what: 'the line of the WebSocket',
    });
    expect(JSON.parse(line)).toMatchObject({ status: 101, closeCode: 1000, operation: 'containers.logs' });
  });

  it('never holds a token, a ticket or an idempotency key, whatever happens', async () => {
    const key = 'key-that-nobody-may-see';
    await using server = await testApp({
      logLevel: 'trace',
      extend: (app) =>
        mountProbes(app, {
          change: async ({ request }) => {
            request.log.info({ req: { headers: request.headers }, headers: request.headers }, 'careless');
            throw new Error(`careless too: ${request.headers.authorization}`);
          },
        }),
    });
    const url = await server.listen();
    const { headers, token } = await server.token({ role: 'admin' });
    const ticket = async () =>
      (await server.app.inject({ method: 'POST', url: '/api/v1/docker/ws-tickets', headers })).json()
        .ticket as string;
    const [used, wrongPlace] = [await ticket(), await ticket()];
    (await connect(`${url}/probe/web?ticket=${used}`)).close();
    await server.app.inject({ url: `/probe/web?ticket=${wrongPlace}` });
    await server.app.inject({ url: `/probe/web?tail=x&ticket=${wrongPlace}`, headers });
    await server.app.inject({ url: `/${token}`, headers });
    const made = await server.app.inject({
      method: 'POST',
      url: '/api/v1/docker/tokens',
      headers: { ...headers, 'idempotency-key': key },
      payload: { name: 'x', role: 'viewer' },
    });
    await server.app.inject({
      method: 'POST',
      url: '/probe/web',
      headers: { ...headers, 'idempotency-key': key },
    });
    await fetch(`${url}/probe/web`, {
      method: 'POST',
      headers: { ...headers, 'idempotency-key': `${key}-2` },
    });
    await waitFor(() => server.log.some((line) => line.includes('careless too')), {
      what: 'the careless line',
    });
    const log = server.log.join('');
    expect(log.length).toBeGreaterThan(1000);
    for (const secret of [token, used, wrongPlace, made.json().token, key]) expect(log).not.toContain(secret);
    expect(log).toContain('ticket=[redacted]');
  });

  it('leaves text without secrets as it is', () => {
    expect(withoutSecrets('flt_ and flags')).toBe('flt_ and flags');
    expect(withoutSecrets('GET /x?a=1&ticket=abc&b=2')).toBe('GET /x?a=1&ticket=[redacted]&b=2');
  });
});
