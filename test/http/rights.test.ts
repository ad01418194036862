import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OPERATIONS, type OperationName, operationNames, ROLES } from '../../src/domain/operations.ts';
import { type TestApp, type TestToken, testApp } from '../support/app.ts';
import { type DocumentedOperation, documentedOperations } from '../support/documented-operations.ts';
import { upgrade } from '../support/sockets.ts';
import { unconnectedApp } from '../support/unconnected-app.ts';

const app = await unconnectedApp();
const operations = documentedOperations(app.swagger());
await app.close();

const guarded = operations.filter(({ role }) => role !== 'public');
const sockets = operations.filter(({ isSocket }) => isSocket);

/** The path with something in the place of every parameter. */
const filled = ({ path }: DocumentedOperation) => path.replace(/\{\w+\}/g, 'x');
const another = (name: OperationName) => (name === 'system.version' ? 'system.info' : 'system.version');

describe('The table of rights', () => {
  it('has a route for every operation, and every route an operation', () => {
    expect(new Set(operations.map(({ operation }) => operation))).toEqual(new Set(operationNames()));
    for (const { operation, role } of operations) expect(role).toBe(OPERATIONS[operation].role);
  });

  it('lets everybody see only health, readiness and the documents', () => {
    const open = operations.filter(({ role }) => role === 'public').map(({ path }) => path);
    expect(open.sort()).toEqual([
      '/',
      '/asyncapi.json',
      '/healthz',
      '/openapi.json',
      '/problems/{code}',
      '/readyz',
    ]);
  });
});

/** Whether a token can be without it: what is about the token itself belongs to every one. */
const isNarrowed = ({ operation }: DocumentedOperation) => !PERSONAL.has(operation);
const PERSONAL = new Set(['access.whoami', 'access.ws-tickets.create']);

describe('Every guarded route', () => {
  let server: TestApp;
  let url: string;
  const tokens: Record<string, TestToken> = {};
  beforeAll(async () => {
    server = await testApp({ allRoutes: true, logLevel: 'silent' });
    url = await server.listen();
    for (const role of ROLES) tokens[role] = await server.token({ role });
    tokens['elsewhere'] = await server.token({ role: 'admin', hosts: ['elsewhere'] });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  async function narrowed({ operation }: DocumentedOperation): Promise<TestToken> {
    const name = `but ${operation}`;
    tokens[name] ??= await server.token({ role: 'admin', name, permissions: [another(operation)] });
    return tokens[name];
  }

  const lesser = ({ role }: DocumentedOperation) => (role === 'admin' ? ['viewer', 'operator'] : ['viewer']);

  /** Asks by plain HTTP, without a body: whoever may not come in is told so before the body is looked at. */
  const ask = (operation: DocumentedOperation, token?: TestToken) =>
    server.app.inject({ method: operation.method, url: filled(operation), headers: token?.headers ?? {} });

  it.each(guarded)('$method $path asks for a token', async (operation) => {
    const answer = await ask(operation);
    expect(answer.statusCode).toBe(401);
    expect(answer.json().code).toBe('UNAUTHENTICATED');
  });

  it.each(guarded.filter(({ role }) => role !== 'viewer'))(
    '$method $path is closed to lesser roles',
    async (operation) => {
      for (const role of lesser(operation)) {
        const answer = await ask(operation, tokens[role]);
        expect(answer.statusCode, role).toBe(403);
        expect(answer.json().detail, role).toContain(operation.operation);
      }
    },
  );

  it.each(guarded.filter(isNarrowed))(
    '$method $path is closed to a token for something else',
    async (operation) => {
      expect((await ask(operation, await narrowed(operation))).statusCode).toBe(403);
    },
  );

  it.each(guarded.filter((route) => !isNarrowed(route)))(
    '$method $path is open to every token, whatever it is narrowed to',
    async (operation) => {
      expect((await ask(operation, await narrowed(operation))).statusCode).toBeLessThan(300);
    },
  );

  it.each(guarded.filter(({ asksEngine }) => asksEngine))(
    '$method $path is closed to a token for another host',
    async (operation) => {
      expect((await ask(operation, tokens['elsewhere'])).statusCode).toBe(403);
    },
  );

  it.each(sockets)('WebSocket $path is guarded before the upgrade by the same rights', async (operation) => {
    const open = (headers: Record<string, string>) => upgrade(`${url}${filled(operation)}`, { headers });
    expect(await open({})).toMatchObject({ status: 401 });
    expect(await open({ ...(await narrowed(operation)).headers })).toMatchObject({ status: 403 });
    if (operation.role !== 'viewer') {
      for (const role of lesser(operation)) {
        expect(await open({ ...tokens[role]?.headers }), role).toMatchObject({ status: 403 });
      }
    }
    if (operation.asksEngine) {
      expect(await open({ ...tokens['elsewhere']?.headers })).toMatchObject({ status: 403 });
    }
    const foreign = await open({ ...tokens['admin']?.headers, origin: 'https://evil.example' });
    expect(foreign).toMatchObject({ status: 403, body: expect.stringContaining('ORIGIN_NOT_ALLOWED') });
  });
});
