import { connect as connectTcp } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestApp, type TestToken, testApp } from '../support/app.ts';
import { mountProbes } from '../support/probe-routes.ts';

const JSON_HEADERS = { 'content-type': 'application/json' };

describe('A bad request', () => {
  let server: TestApp;
  let caller: TestToken;
  let url: string;
  beforeAll(async () => {
    server = await testApp({
      extend: (app) =>
        mountProbes(app, {
          change: async ({ body }) => ({ body: body ?? null }),
          read: async () => {
            throw new Error('the database password is hunter2');
          },
        }),
    });
    caller = await server.token({ role: 'admin' });
    url = await server.listen();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const inject = (
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    more: { headers?: object; payload?: string } = {},
  ) => server.app.inject({ method, url: path, ...more, headers: { ...caller.headers, ...more.headers } });

  it.each([
    ['invalid JSON', '/probe/web', { payload: '{"value":', headers: JSON_HEADERS }, 400, 'INVALID_JSON'],
    [
      'a poisoned prototype',
      '/probe/web',
      { payload: '{"__proto__":{}}', headers: JSON_HEADERS },
      400,
      'INVALID_JSON',
    ],
    [
      'a wrong type',
      '/probe/web',
      { payload: '{"value":"1"}', headers: JSON_HEADERS },
      400,
      'VALIDATION_FAILED',
    ],
    [
      'an unknown property',
      '/probe/web',
      { payload: '{"vaule":1}', headers: JSON_HEADERS },
      400,
      'VALIDATION_FAILED',
    ],
    ['an unknown query parameter', '/probe/web?lout=1', {}, 400, 'VALIDATION_FAILED'],
    ['a query parameter of the wrong type', '/probe/web?loud=perhaps', {}, 400, 'VALIDATION_FAILED'],
    [
      'a JSON body that is null where one is needed',
      '/api/v1/docker/tokens',
      { payload: 'null', headers: JSON_HEADERS },
      400,
      'VALIDATION_FAILED',
    ],
    ['no body where one is needed', '/api/v1/docker/tokens', {}, 400, 'VALIDATION_FAILED'],
    [
      'text where JSON is taken',
      '/probe/web',
      { payload: 'value=1', headers: { 'content-type': 'text/plain' } },
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    ],
    [
      'JSON where a tar is taken',
      '/probe/stream',
      { payload: '{}', headers: JSON_HEADERS },
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    ],
    [
      'a tar where JSON is taken',
      '/probe/web',
      { payload: 'x', headers: { 'content-type': 'application/x-tar' } },
      415,
      'UNSUPPORTED_MEDIA_TYPE',
    ],
    [
      'a body of 20 MB',
      '/probe/web',
      { payload: `{"text":"${'x'.repeat(20_000_000)}"}`, headers: JSON_HEADERS },
      413,
      'BODY_TOO_LARGE',
    ],
    ['a malformed URL', '/probe/%zz', {}, 400, 'VALIDATION_FAILED'],
    ['a parameter that is far too long', `/probe/${'x'.repeat(2000)}`, {}, 400, 'VALIDATION_FAILED'],
    ['an unknown path', '/probes', {}, 404, 'ROUTE_NOT_FOUND'],
  ])('with %s is a problem', async (_what, path, more, status, code) => {
    const answer = await inject('POST', path, more);
    expect(answer.statusCode).toBe(status);
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(answer.json()).toMatchObject({
      type: `/problems/${code.toLowerCase().replaceAll('_', '-')}`,
      title: expect.stringMatching(/\.$/),
      status,
      detail: expect.any(String),
      instance: path.split('?')[0],
      code,
      requestId: answer.headers['x-request-id'],
    });
  });

  it('names every mistake and where it is', async () => {
    const answer = await inject('POST', '/probe/web', {
      payload: '{"value":1.5,"vaule":1}',
      headers: JSON_HEADERS,
    });
    expect(answer.json().errors).toEqual(
      expect.arrayContaining([
        { path: 'body/vaule', message: 'is not a property that this route knows' },
        { path: 'body/value', message: 'must be integer' },
      ]),
    );
  });

  it('by a wrong method says which methods the path has', async () => {
    const answer = await inject('DELETE', '/probe/web');
    expect(answer.statusCode).toBe(405);
    expect(answer.headers.allow).toBe('GET, POST');
    expect(answer.json().code).toBe('METHOD_NOT_ALLOWED');
  });

  it('may leave an optional body out, with or without a content type', async () => {
    expect((await inject('POST', '/probe/web')).json()).toEqual({ body: null });
    expect((await inject('POST', '/probe/web', { headers: JSON_HEADERS })).json()).toEqual({ body: null });
    expect(
      (await inject('POST', '/probe/web', { headers: JSON_HEADERS, payload: '{"value":1}' })).json(),
    ).toEqual({
      body: { value: 1 },
    });
  });

  it('that meets a fault of the server gets no word of its cause', async () => {
    const answer = await inject('GET', '/probe/web');
    expect(answer.statusCode).toBe(500);
    expect(answer.json().code).toBe('INTERNAL');
    expect(answer.body).not.toContain('hunter2');
    expect(server.log.join('')).toContain('hunter2');
  });

  /** Sends bytes as they are and answers what comes back. */
  function raw(text: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connectTcp(Number(new URL(url).port), '127.0.0.1');
      let received = '';
      socket.setEncoding('utf8');
      socket.on('data', (chunk: string) => {
        received += chunk;
      });
      socket.on('close', () => resolve(received));
      socket.on('error', reject);
      socket.write(text);
    });
  }

  it.each([
    [
      'a header of 100,000 characters',
      `GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(100_000)}\r\n\r\n`,
      431,
      'HEADERS_TOO_LARGE',
    ],
    ['no HTTP at all', 'hello\r\n\r\n', 400, 'VALIDATION_FAILED'],
    [
      'two lengths',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx',
      400,
      'VALIDATION_FAILED',
    ],
  ])('of %s is a problem, too', async (_what, text, status, code) => {
    const [head = '', body = ''] = (await raw(text)).split('\r\n\r\n');
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(head).toContain('Content-Type: application/problem+json');
    const problem = JSON.parse(body);
    expect(problem).toMatchObject({ status, code });
    expect(head).toContain(`X-Request-Id: ${problem.requestId}`);
  });

  it.each(['h2c', 'TLS/1.0'])(
    'that offers %s is answered as if it did not, body and all, and so is the next',
    async (offer) => {
      const body = '{"value":7}';
      const { authorization } = caller.headers;
      const post = `POST /probe/web HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}`;
      const offers = `Connection: Upgrade, HTTP2-Settings\r\nUpgrade: ${offer}\r\nHTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA`;
      const answers = await raw(
        `${post}\r\n${offers}\r\n\r\n${body}${post}\r\nConnection: close\r\n\r\n${body}`,
      );
      expect(answers.match(/HTTP\/1.1 200 OK/g)).toHaveLength(2);
      expect(answers.match(/\{"body":\{"value":7\}\}/g)).toHaveLength(2);
    },
  );

  it('of 20 MB over a real connection is told so', async () => {
    const answer = await fetch(`${url}/probe/web`, {
      method: 'POST',
      headers: { ...caller.headers, ...JSON_HEADERS },
      body: `{"text":"${'x'.repeat(20_000_000)}"}`,
    });
    expect(answer.status).toBe(413);
    expect(((await answer.json()) as { code: string }).code).toBe('BODY_TOO_LARGE');
  });
});
