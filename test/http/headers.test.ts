import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestApp, testApp } from '../support/app.ts';

const WHOAMI = '/api/v1/docker/whoami';
const CONSOLE = 'https://console.example.org';

describe('Browsers', () => {
  let server: TestApp;
  beforeAll(async () => {
    server = await testApp({ http: { allowedOrigins: [CONSOLE] } });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it('are told that answers are data, and that pages may use this server only', async () => {
    const data = await server.app.inject(WHOAMI);
    expect(data.headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    });
    const page = await server.app.inject('/docs');
    expect(page.headers['content-security-policy']).toContain("script-src 'self'");
    expect(page.headers['content-security-policy']).not.toContain("script-src 'self' 'unsafe");
    expect(page.headers['strict-transport-security']).toBeUndefined();
  });

  it('may use the API from the origins that are listed: preflights need no token, and refusals can be read', async () => {
    const { headers } = await server.token();
    const preflight = await server.app.inject({
      method: 'OPTIONS',
      url: WHOAMI,
      headers: {
        origin: CONSOLE,
        'access-control-request-method': 'GET',
        'access-control-request-headers': 'authorization',
      },
    });
    expect(preflight.statusCode).toBe(204);
    expect(preflight.headers['access-control-allow-origin']).toBe(CONSOLE);
    expect(preflight.headers['access-control-allow-headers']).toContain('Authorization');
    const answer = await server.app.inject({ url: WHOAMI, headers: { ...headers, origin: CONSOLE } });
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['access-control-allow-origin']).toBe(CONSOLE);
    expect(answer.headers['access-control-expose-headers']).toContain('X-Request-Id');
    const refused = await server.app.inject({ url: WHOAMI, headers: { origin: CONSOLE } });
    expect(refused.statusCode).toBe(401);
    expect(refused.headers['access-control-allow-origin']).toBe(CONSOLE);
  });

  it('are not told that other origins may', async () => {
    for (const method of ['OPTIONS', 'GET'] as const) {
      const answer = await server.app.inject({
        method,
        url: WHOAMI,
        headers: { origin: 'https://evil.example', 'access-control-request-method': 'GET' },
      });
      expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    }
  });

  it('get no CORS at all when no origin is listed', async () => {
    await using plain = await testApp();
    const preflight = await plain.app.inject({
      method: 'OPTIONS',
      url: WHOAMI,
      headers: { origin: CONSOLE, 'access-control-request-method': 'GET' },
    });
    expect(preflight.statusCode).toBe(405);
    expect(preflight.headers['access-control-allow-origin']).toBeUndefined();
  });
});
