import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestApp, testApp } from '../support/app.ts';
import { mountProbes } from '../support/probe-routes.ts';
import { closed, connect, upgrade } from '../support/sockets.ts';
import { waitFor } from '../support/wait-for.ts';

const WHOAMI = '/api/v1/docker/whoami';

describe('A request', () => {
  let server: TestApp;
  beforeAll(async () => {
    server = await testApp({ extend: (app) => mountProbes(app) });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const whoami = (headers: Record<string, string>) => server.app.inject({ url: WHOAMI, headers });

  it('with a token is answered as its bearer', async () => {
    const { headers, id } = await server.token({ role: 'operator', name: 'bot' });
    const answer = await whoami(headers);
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toMatchObject({ id, name: 'bot', role: 'operator', permissions: null });
    expect(answer.json().operations).toContain('containers.start');
    expect(answer.json().operations).not.toContain('access.tokens.create');
  });

  it('without a token is a 401 that says how to authenticate', async () => {
    const answer = await whoami({});
    expect(answer.statusCode).toBe(401);
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer/);
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(answer.json()).toMatchObject({
      code: 'UNAUTHENTICATED',
      requestId: answer.headers['x-request-id'],
    });
  });

  it.each([
    ['of another scheme', 'Basic dXNlcjpwYXNz'],
    ['that is not there', 'Bearer'],
    ['that nobody made', `Bearer flt_${'x'.repeat(43)}`],
    ['that does not look like one', 'Bearer x'],
  ])('with a token %s is a 401', async (_what, authorization) => {
    expect((await whoami({ authorization })).statusCode).toBe(401);
  });

  it('with a token whose time is over is a 401, even while the token is remembered', async () => {
    const { headers } = await server.token({ expiresAt: new Date(Date.now() + 250) });
    expect((await whoami(headers)).statusCode).toBe(200);
    await waitFor(async () => (await whoami(headers)).statusCode === 401, {
      what: 'the expiry',
      timeoutMs: 1_000,
    });
    expect((await whoami(headers)).json().detail).toBe('The token has expired.');
  });

  it('with a token that another server revoked is refused within two seconds', async () => {
    const { headers, id } = await server.token();
    expect((await whoami(headers)).statusCode).toBe(200);
    await server.ports.tokens.revoke(id, new Date());
    const since = performance.now();
    await waitFor(async () => (await whoami(headers)).statusCode === 401, { what: 'the revocation' });
    expect(performance.now() - since).toBeLessThan(2_000);
  });

  it('with a token that this server revoked is refused at once', async () => {
    const admin = await server.token({ role: 'admin' });
    await server.token({ role: 'admin' });
    const { headers, id } = await server.token();
    expect((await whoami(headers)).statusCode).toBe(200);
    const revoked = await server.app.inject({
      method: 'DELETE',
      url: `/api/v1/docker/tokens/${id}`,
      headers: admin.headers,
    });
    expect(revoked.statusCode).toBe(204);
    const answer = await whoami(headers);
    expect(answer.statusCode).toBe(401);
    expect(answer.json().detail).toBe('The token has been revoked.');
  });

  it('asks the database once for many requests at the same time', async () => {
    const { headers } = await server.token();
    let asked = 0;
    const { tokens } = server.ports;
    const findByHash = tokens.findByHash.bind(tokens);
    tokens.findByHash = (hash) => {
      asked += 1;
      return findByHash(hash);
    };
    const answers = await Promise.all(Array.from({ length: 20 }, () => whoami(headers)));
    tokens.findByHash = findByHash;
    expect(answers.map(({ statusCode }) => statusCode)).toEqual(Array(20).fill(200));
    expect(asked).toBe(1);
  });

  it('keeps the request id it came with, where it can be logged as it is', async () => {
    const { headers } = await server.token();
    expect((await whoami({ ...headers, 'x-request-id': 'deploy-42' })).headers['x-request-id']).toBe(
      'deploy-42',
    );
    const made = (await whoami({ ...headers, 'x-request-id': 'two words' })).headers['x-request-id'];
    expect(made).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('for an operation beyond the role is a 403 that names it', async () => {
    const { headers } = await server.token();
    const answer = await server.app.inject({ method: 'POST', url: '/probe/web', headers });
    expect(answer.statusCode).toBe(403);
    expect(answer.json()).toMatchObject({
      code: 'FORBIDDEN',
      detail: expect.stringContaining('containers.start'),
    });
  });

  it('for a host beyond the narrowing is a 403, also for the host that is meant when none is named', async () => {
    const { headers } = await server.token({ hosts: ['build'] });
    const ask = (url: string) => server.app.inject({ url, headers });
    expect((await ask('/probe/web?host=build')).statusCode).toBe(200);
    expect((await ask('/probe/web?host=local')).statusCode).toBe(403);
    expect((await ask('/probe/web')).statusCode).toBe(403);
    expect((await ask('/probe/web?host=build&host=local')).statusCode).toBe(403);
  });

  it('of a plain kind cannot use a ticket', async () => {
    const { headers } = await server.token();
    const { ticket } = (
      await server.app.inject({ method: 'POST', url: '/api/v1/docker/ws-tickets', headers })
    ).json();
    expect((await server.app.inject({ url: `/probe/web?ticket=${ticket}` })).statusCode).toBe(401);
  });
});

describe('Wrong tokens', () => {
  const max = 5;

  async function limited(http: Parameters<typeof testApp>[0] = {}) {
    return testApp({ ...http, http: { failedLogins: { max, windowMs: 60_000 }, ...http.http } });
  }

  it('are answered with 429 after some, and say when to try again; a good token that is known still passes', async () => {
    await using server = await limited();
    const { headers } = await server.token();
    const late = await server.token();
    const whoami = (authorization: string) => server.app.inject({ url: WHOAMI, headers: { authorization } });
    expect((await whoami(headers.authorization)).statusCode).toBe(200);
    for (let n = 0; n < max; n += 1) expect((await whoami(`Bearer flt_wrong${n}`)).statusCode).toBe(401);
    const refused = await whoami('Bearer flt_wrong');
    expect(refused.statusCode).toBe(429);
    expect(refused.json().code).toBe('RATE_LIMITED');
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect((await whoami(late.headers.authorization)).statusCode).toBe(429);
    expect((await whoami(headers.authorization)).statusCode).toBe(200);
  });

  it('count for each address by itself, as the trusted proxy tells it', async () => {
    await using server = await limited({ http: { trustedProxies: ['127.0.0.1'] } });
    const wrong = (address: string) =>
      server.app.inject({
        url: WHOAMI,
        headers: { authorization: 'Bearer flt_wrong', 'x-forwarded-for': address },
      });
    for (let n = 0; n < max; n += 1) await wrong('198.51.100.7');
    expect((await wrong('198.51.100.7')).statusCode).toBe(429);
    expect((await wrong('198.51.100.8')).statusCode).toBe(401);
  });

  it('count for the peer when it is no trusted proxy, whatever address it claims', async () => {
    await using server = await limited();
    const wrong = (address: string) =>
      server.app.inject({
        url: WHOAMI,
        headers: { authorization: 'Bearer flt_wrong', 'x-forwarded-for': address },
      });
    for (let n = 0; n < max; n += 1) await wrong(`198.51.100.${n}`);
    expect((await wrong('198.51.100.99')).statusCode).toBe(429);
  });

  it('do not count when there was none', async () => {
    await using server = await limited();
    for (let n = 0; n < 3 * max; n += 1) {
      expect((await server.app.inject({ url: WHOAMI })).statusCode).toBe(401);
    }
  });
});

describe('A WebSocket', () => {
  let server: TestApp;
  let url: string;
  beforeAll(async () => {
    server = await testApp({
      extend: (app) => mountProbes(app),
      http: { allowedOrigins: ['https://console.example.org'] },
    });
    url = await server.listen();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  async function ticketFor(headers: { readonly authorization: string }): Promise<string> {
    const answer = await server.app.inject({ method: 'POST', url: '/api/v1/docker/ws-tickets', headers });
    expect(answer.statusCode).toBe(201);
    return answer.json().ticket;
  }

  it('opens with a token in the header, and its 101 carries the request id', async () => {
    const { headers } = await server.token();
    const answer = await upgrade(`${url}/probe/web`, { headers: { ...headers, 'x-request-id': 'open-1' } });
    if (!('ws' in answer)) throw new Error(answer.body);
    expect(answer.headers['x-request-id']).toBe('open-1');
    answer.ws.send('hello');
    expect(await new Promise((resolve) => answer.ws.once('message', (data) => resolve(String(data))))).toBe(
      'hello',
    );
    answer.ws.close();
  });

  it('without a token is a plain 401 problem, and no upgrade', async () => {
    const answer = await upgrade(`${url}/probe/web`);
    expect(answer).toMatchObject({
      status: 401,
      headers: { 'content-type': expect.stringMatching(/problem\+json/) },
    });
  });

  it('beyond the role is a plain 403, beyond the host too', async () => {
    const viewer = await server.token();
    expect(await upgrade(`${url}/probe/web/terminal`, { headers: viewer.headers })).toMatchObject({
      status: 403,
    });
    const elsewhere = await server.token({ hosts: ['build'] });
    expect(await upgrade(`${url}/probe/web`, { headers: elsewhere.headers })).toMatchObject({ status: 403 });
  });

  it('opens with a ticket once', async () => {
    const { headers } = await server.token();
    const ticket = await ticketFor(headers);
    const ws = await connect(`${url}/probe/web?ticket=${ticket}&tail=5`);
    ws.close();
    expect(await upgrade(`${url}/probe/web?ticket=${ticket}`)).toMatchObject({ status: 401 });
  });

  it('does not open with a ticket whose token was revoked since', async () => {
    const { headers, id } = await server.token();
    const ticket = await ticketFor(headers);
    await server.ports.tokens.revoke(id, new Date());
    expect(await upgrade(`${url}/probe/web?ticket=${ticket}`)).toMatchObject({ status: 401 });
  });

  it('does not open with a ticket that is too old, nor with one that nobody made', async () => {
    const { id } = await server.token();
    const { hashSecret } = await import('../../src/domain/secret.ts');
    await server.ports.tickets.insert({
      hash: hashSecret('flw_old'),
      tokenId: id,
      address: '127.0.0.1',
      expiresAt: new Date(Date.now() - 1),
    });
    expect(await upgrade(`${url}/probe/web?ticket=flw_old`)).toMatchObject({ status: 401 });
    expect(await upgrade(`${url}/probe/web?ticket=flw_none`)).toMatchObject({ status: 401 });
  });

  it.each([
    ['of a foreign page', 'https://evil.example', 403],
    ['of a page without an origin', 'null', 403],
    ['of the same host by another scheme', 'https://own', 403],
    ['of the own page', 'http://own', 101],
    ['of a listed page', 'https://console.example.org', 101],
  ])('%s is answered as it should be', async (_what, origin, status) => {
    const { headers } = await server.token();
    const { host } = new URL(url);
    const answer = await upgrade(`${url}/probe/web`, {
      headers: { ...headers, origin: origin.replace('own', host) },
    });
    if (status === 101) {
      if (!('ws' in answer)) throw new Error(answer.body);
      answer.ws.close();
      return;
    }
    expect(answer).toMatchObject({ status });
    expect('body' in answer && JSON.parse(answer.body).code).toBe('ORIGIN_NOT_ALLOWED');
  });

  it('gets the subprotocol that the route speaks, and none that it does not', async () => {
    const { headers } = await server.token();
    const ws = await connect(`${url}/probe/web`, {
      headers,
      protocols: ['v4.channel.k8s.io', 'v5.channel.k8s.io'],
    });
    expect(ws.protocol).toBe('v5.channel.k8s.io');
    ws.close();
    await expect(upgrade(`${url}/probe/web`, { headers, protocols: ['chat'] })).rejects.toThrow(
      /subprotocol/,
    );
  });

  it('at a path that has none is a plain 400, also by POST', async () => {
    const { headers } = await server.token();
    expect(await upgrade(`${url}${WHOAMI}`, { headers })).toMatchObject({ status: 400 });
    const status = await new Promise((resolve, reject) => {
      const asked = httpRequest(`${url}/probe/web`, {
        method: 'POST',
        headers: { ...headers, connection: 'upgrade', upgrade: 'websocket' },
      });
      asked.on('response', (response) => resolve(response.resume().statusCode));
      asked.on('upgrade', () => reject(new Error('It was upgraded.')));
      asked.on('error', reject);
      asked.end();
    });
    expect([400, 403]).toContain(status);
  });

  it('at a path that does not exist is a plain 404', async () => {
    expect(await upgrade(`${url}/nothing`)).toMatchObject({ status: 404 });
  });

  it('of a socket-only route answers a plain request with 426', async () => {
    const { headers } = await server.token({ role: 'operator' });
    const answer = await server.app.inject({ url: '/probe/web/terminal', headers });
    expect(answer.statusCode).toBe(426);
    expect(answer.json().code).toBe('UPGRADE_REQUIRED');
  });

  it('that is open ends with 4401 at once when this server revokes its token', async () => {
    const admin = await server.token({ role: 'admin' });
    const { headers, id } = await server.token();
    const ws = await connect(`${url}/probe/web`, { headers });
    const end = closed(ws);
    await server.app.inject({ method: 'DELETE', url: `/api/v1/docker/tokens/${id}`, headers: admin.headers });
    expect(await end).toEqual({
      code: 4401,
      reason: 'UNAUTHENTICATED: The token has been revoked or has expired.',
    });
  });

  it('whose peer does not answer the close is cut off all the same', async () => {
    const admin = await server.token({ role: 'admin' });
    const { headers, id } = await server.token();
    const before = server.app.websocketServer.clients.size;
    const ws = await connect(`${url}/probe/web`, { headers });
    ws.pause();
    await server.app.inject({ method: 'DELETE', url: `/api/v1/docker/tokens/${id}`, headers: admin.headers });
    await waitFor(() => server.app.websocketServer.clients.size === before, {
      what: 'the socket to be gone',
      timeoutMs: 2_000,
    });
    expect(ws.readyState).toBe(ws.OPEN);
    ws.terminate();
  });

  it('that is open ends with 4401 within two seconds when another server revokes its token', async () => {
    const { headers, id } = await server.token();
    const ticket = await ticketFor(headers);
    const ws = await connect(`${url}/probe/web?ticket=${ticket}`);
    await server.ports.tokens.revoke(id, new Date());
    const since = performance.now();
    expect(await closed(ws)).toMatchObject({ code: 4401 });
    expect(performance.now() - since).toBeLessThan(2_200);
  });

  it('that is open ends with 4401 when its token expires', async () => {
    const { headers } = await server.token({ expiresAt: new Date(Date.now() + 300) });
    const ws = await connect(`${url}/probe/web`, { headers });
    expect(await closed(ws)).toMatchObject({ code: 4401 });
  });
});

describe('Routes without an operation', () => {
  it('keep the app from starting', async () => {
    await expect(
      testApp({ extend: (app) => void app.get('/open', async () => 'for everybody') }),
    ).rejects.toThrow('Routes without an operation: GET /open');
  });
});
