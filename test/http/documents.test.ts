import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ERROR_CATALOGUE } from '../../src/domain/errors.ts';
import { TAGS } from '../../src/http/documents/openapi.ts';
import { GENERAL_ERRORS, SOCKET_ERRORS } from '../../src/http/documents/possible-errors.ts';
import { type TestApp, testApp } from '../support/app.ts';
import { documentedOperations } from '../support/documented-operations.ts';
import { unconnectedApp } from '../support/unconnected-app.ts';

const app = await unconnectedApp();
const document = app.swagger() as { readonly components: { readonly schemas: object } };
const operations = documentedOperations(document);
await app.close();

const committed = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../openapi/${name}`, import.meta.url), 'utf8'));

describe('The OpenAPI document', () => {
  it('is committed as the routes say; npm run openapi:write brings it up to date', () => {
    expect(committed('openapi.json')).toEqual(JSON.parse(JSON.stringify(document)));
  });

  it('names every code of the catalogue, at a route or for all of them; the other one names those of WebSockets', () => {
    const told = operations.flatMap(({ responses }) =>
      Object.values(responses).flatMap(({ description }) => description.match(/[A-Z]{2,}(_[A-Z]+)*/g) ?? []),
    );
    const known: readonly string[] = [...told, ...GENERAL_ERRORS, ...SOCKET_ERRORS];
    const missing = Object.keys(ERROR_CATALOGUE).filter((code) => !known.includes(code));
    expect(missing).toEqual([]);
  });

  it.each(operations)('$method $path is told in full', (operation) => {
    expect(operation.summary).toMatch(/^[A-Z].*[^.]$/);
    expect(TAGS.map(({ name }) => name)).toContain(operation.tags[0]);
    expect(Object.keys(operation.responses).some((status) => /^[123]/.test(status) || status === '426')).toBe(
      true,
    );
    for (const [status, { content }] of Object.entries(operation.responses)) {
      if (Number(status) < 400 || content === undefined) continue;
      const types =
        operation.operation === 'system.ready' && status === '503'
          ? 'application/json'
          : 'application/problem+json';
      expect(Object.keys(content), status).toEqual([types]);
    }
  });

  it('gives every operation an id of its own', () => {
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('The documents', () => {
  let server: TestApp;
  beforeAll(async () => {
    server = await testApp({ allRoutes: true });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it('of WebSockets is committed as the routes say, with every one of them', async () => {
    const served = (await server.app.inject('/asyncapi.json')).json();
    expect(committed('asyncapi.json')).toEqual(served);
    const addresses = Object.values(served.channels as Record<string, { address: string }>).map(
      ({ address }) => address,
    );
    const sockets = operations.filter(({ isSocket }) => isSocket).map(({ path }) => path);
    expect(addresses.sort()).toEqual(sockets.sort());
  });

  it('are for everybody, and the page that shows them too', async () => {
    for (const url of ['/openapi.json', '/asyncapi.json', '/docs', '/docs/json']) {
      expect((await server.app.inject(url)).statusCode, url).toBe(200);
    }
    expect(await server.app.inject('/')).toMatchObject({ statusCode: 302, headers: { location: '/docs' } });
  });

  it('explain every kind of problem, as JSON or as text', async () => {
    const json = await server.app.inject('/problems/container-not-found');
    expect(json.json()).toEqual({
      type: '/problems/container-not-found',
      code: 'CONTAINER_NOT_FOUND',
      status: 404,
      title: ERROR_CATALOGUE.CONTAINER_NOT_FOUND.title,
      remedy: ERROR_CATALOGUE.CONTAINER_NOT_FOUND.remedy,
    });
    const text = await server.app.inject({
      url: '/problems/container-not-found',
      headers: { accept: 'text/plain' },
    });
    expect(text.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(text.body).toContain(ERROR_CATALOGUE.CONTAINER_NOT_FOUND.remedy);
    expect((await server.app.inject('/problems/nothing')).statusCode).toBe(404);
  });
});
