import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FairleadError } from '../../src/domain/errors.ts';
import { mount } from '../../src/http/mount.ts';
import { operationsRoutes } from '../../src/http/routes/system.ts';
import { SYSTEM_CLOCK } from '../../src/use-cases/access/access.ts';
import { checkReadiness, type ReadinessCheck } from '../../src/use-cases/system/check-readiness.ts';
import { type TestApp, testApp } from '../support/app.ts';
import { gate } from '../support/gate.ts';
import { mountProbes, type Probes } from '../support/probe-routes.ts';
import { closed, connect } from '../support/sockets.ts';
import { waitFor } from '../support/wait-for.ts';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };

describe('Readiness', () => {
  let server: TestApp;
  const state: { database: () => Promise<unknown>; asked: number } = {
    database: async () => undefined,
    asked: 0,
  };
  let now = 0;
  const checks: ReadinessCheck[] = [
    {
      name: 'database',
      run: () => {
        state.asked += 1;
        return state.database();
      },
    },
    { name: 'engine', run: async () => undefined },
  ];

  beforeAll(async () => {
    server = await testApp({
      extend: (app) =>
        mount(
          app,
          'System',
          operationsRoutes({
            metrics: app.services.metrics,
            system: {
              checkReadiness: checkReadiness({
                checks,
                log: silent,
                timeoutMs: 50,
                clock: { ...SYSTEM_CLOCK, elapsed: () => now },
              }),
            },
          }),
        ),
    });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const readyz = () => {
    now += 1_000;
    return server.app.inject('/readyz');
  };

  it('is a 200 with a line for each check', async () => {
    const answer = await readyz();
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({
      status: 'ready',
      checks: [
        { name: 'database', status: 'up', latencyMs: expect.any(Number), detail: null },
        { name: 'engine', status: 'up', latencyMs: expect.any(Number), detail: null },
      ],
    });
  });

  it('is a 503 that names what is down and why, and 200 again when it is back', async () => {
    state.database = async () => {
      throw new FairleadError('DATABASE_UNAVAILABLE', 'The database cannot be reached just now.');
    };
    const down = await readyz();
    expect(down.statusCode).toBe(503);
    expect(down.json()).toMatchObject({
      status: 'not-ready',
      checks: [{ status: 'down', detail: 'The database cannot be reached just now.' }, { status: 'up' }],
    });
    state.database = async () => undefined;
    expect((await readyz()).statusCode).toBe(200);
  });

  it('does not wait long for what does not answer, and tells no inner words of what fails', async () => {
    state.database = () => new Promise(() => undefined);
    expect((await readyz()).json().checks[0]).toMatchObject({
      status: 'down',
      detail: 'No answer within 50 ms.',
    });
    state.database = async () => {
      throw new Error('password=hunter2');
    };
    expect((await readyz()).body).not.toContain('hunter2');
    state.database = async () => undefined;
  });

  it('is asked for once a second, however many ask', async () => {
    await readyz();
    state.asked = 0;
    now += 1_000;
    await Promise.all(Array.from({ length: 50 }, () => server.app.inject('/readyz')));
    expect(state.asked).toBe(1);
  });
});

describe('Metrics', () => {
  it('count requests by operation and status, and WebSockets, for viewers', async () => {
    await using server = await testApp({
      extend: (app) => {
        mountProbes(app);
        app.services.metrics.engineCall({ host: 'local', call: 'GET /info', outcome: 'ok', seconds: 0.1 });
        app.services.metrics.gauge({
          name: 'fairlead_terminals',
          help: 'Terminals.',
          labels: ['host'],
          read: () => [{ labels: { host: 'local' }, value: 3 }],
        });
        mount(
          app,
          'System',
          operationsRoutes({
            metrics: app.services.metrics,
            system: { checkReadiness: async () => ({ ready: true, checks: [] }) },
          }),
        );
      },
    });
    const url = await server.listen();
    const { headers } = await server.token();
    const metrics = async () => (await server.app.inject({ url: '/metrics', headers })).body;
    await server.app.inject({ url: '/probe/web', headers });
    await server.app.inject({ method: 'POST', url: '/probe/web', headers });
    await server.app.inject('/nothing');
    const ws = await connect(`${url}/probe/web`, { headers });
    const open = await metrics();
    expect(open).toContain(
      'fairlead_http_request_duration_seconds_count{operation="containers.logs",method="GET",status="200"} 1',
    );
    expect(open).toContain(
      'fairlead_http_request_duration_seconds_count{operation="containers.start",method="POST",status="403"} 1',
    );
    expect(open).toContain(
      'fairlead_http_request_duration_seconds_count{operation="none",method="GET",status="404"} 1',
    );
    expect(open).toContain('fairlead_websockets_open{operation="containers.logs"} 1');
    expect(open).toContain(
      'fairlead_engine_call_duration_seconds_count{host="local",call="GET /info",outcome="ok"} 1',
    );
    expect(open).toContain('fairlead_terminals{host="local"} 3');
    expect(open).toContain('process_resident_memory_bytes');
    ws.close(1000);
    await waitFor(
      async () => (await metrics()).includes('fairlead_websockets_open{operation="containers.logs"} 0'),
      {
        what: 'the gauge to fall',
      },
    );
    expect(await metrics()).toContain(
      'fairlead_websockets_closed_total{operation="containers.logs",code="1000"} 1',
    );
  });
});

describe('Closing the server', () => {
  async function serverWith(probes: Partial<Probes>, graceMs = 500): Promise<TestApp> {
    return testApp({ http: { graceMs }, extend: (app) => mountProbes(app, probes) });
  }

  it('tells open WebSockets 1001, also those that are paused', async () => {
    const server = await serverWith({
      socket: (ws, { signal }) =>
        new Promise((resolve) => {
          ws.pause();
          signal.addEventListener('abort', () => resolve(), { once: true });
        }),
    });
    const url = await server.listen();
    const { headers } = await server.token();
    const sockets = await Promise.all(
      Array.from({ length: 10 }, () => connect(`${url}/probe/web`, { headers })),
    );
    const ends = sockets.map(closed);
    const began = performance.now();
    await server[Symbol.asyncDispose]();
    expect(performance.now() - began).toBeLessThan(1_000);
    for (const end of await Promise.all(ends)) {
      expect(end).toEqual({ code: 1001, reason: 'The server is shutting down.' });
    }
  });

  it('lets a request that is being worked on finish, and refuses new ones meanwhile', async () => {
    const hold = gate();
    const server = await serverWith({ read: () => hold.passed.then(() => ({ finished: true })) }, 5_000);
    const url = await server.listen();
    const { headers } = await server.token();
    const working = fetch(`${url}/probe/web`, { headers });
    await waitFor(() => server.app.inFlight() === 1, { what: 'the request to run' });
    const closing = server[Symbol.asyncDispose]();
    const refused = await waitFor(
      async () => {
        const answer = await fetch(`${url}/api/v1/docker/whoami`, { headers });
        return answer.status === 503 ? answer : undefined;
      },
      { what: 'a refusal' },
    );
    expect(refused.headers.get('connection')).toBe('close');
    expect(await refused.json()).toMatchObject({ code: 'SHUTTING_DOWN' });
    hold.open();
    expect(await (await working).json()).toEqual({ finished: true });
    await closing;
  });

  it('ends an answer that streams, and gives up on what never ends', async () => {
    const { Readable } = await import('node:stream');
    const server = await serverWith(
      {
        read: async ({ signal, reply }) => {
          reply.type('text/plain');
          async function* forever() {
            yield 'first';
            await new Promise<void>((resolve) =>
              signal.addEventListener('abort', () => resolve(), { once: true }),
            );
            yield ' last';
          }
          return Readable.from(forever());
        },
        change: () => new Promise(() => undefined),
      },
      300,
    );
    const url = await server.listen();
    const { headers } = await server.token({ role: 'operator' });
    const streaming = await fetch(`${url}/probe/web`, { headers });
    const stuck = fetch(`${url}/probe/web`, { method: 'POST', headers });
    const failed = stuck.then(
      () => 'answered',
      () => 'cut off',
    );
    await waitFor(() => server.app.inFlight() === 2, { what: 'both requests to run' });
    const began = performance.now();
    const closing = server[Symbol.asyncDispose]();
    expect(await streaming.text()).toBe('first last');
    await closing;
    expect(await failed).toBe('cut off');
    expect(performance.now() - began).toBeLessThan(4_000);
  });
});

describe('A stream', () => {
  it('ends when its token is revoked', async () => {
    const { Readable } = await import('node:stream');
    await using server = await testApp({
      extend: (app) =>
        mountProbes(app, {
          read: async ({ signal, reply }) => {
            reply.type('text/plain');
            async function* forever() {
              yield 'first';
              await new Promise<void>((resolve) =>
                signal.addEventListener('abort', () => resolve(), { once: true }),
              );
              const { code } = signal.reason as FairleadError;
              yield ` ${code}`;
            }
            return Readable.from(forever());
          },
        }),
    });
    const url = await server.listen();
    const admin = await server.token({ role: 'admin' });
    const { headers, id } = await server.token();
    const streaming = await fetch(`${url}/probe/web`, { headers });
    await server.app.inject({ method: 'DELETE', url: `/api/v1/docker/tokens/${id}`, headers: admin.headers });
    expect(await streaming.text()).toBe('first UNAUTHENTICATED');
  });

  /** Asks with a body, and answers how to leave and how that ended. */
  function ask(url: string, headers: Readonly<Record<string, string>>) {
    const leaving = new AbortController();
    const ended = fetch(`${url}/probe/web`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: '{"value":1}',
      signal: leaving.signal,
    }).then(
      () => 'answered',
      () => 'cut off',
    );
    return { ended, leave: () => leaving.abort() };
  }

  it('aborts its signal when the client goes away, also after a body was read', async () => {
    const [entered, gone] = [gate(), gate()];
    await using server = await testApp({
      extend: (app) =>
        mountProbes(app, {
          change: async ({ signal }) => {
            signal.addEventListener('abort', () => gone.open(), { once: true });
            entered.open();
            await gone.passed;
          },
        }),
    });
    const { headers } = await server.token({ role: 'operator' });
    const { ended, leave } = ask(await server.listen(), headers);
    await entered.passed;
    leave();
    expect(await ended).toBe('cut off');
    await gone.passed;
  });

  it('has aborted its signal from the start when the client left before its handler was reached', async () => {
    const [asked, hold, reached] = [gate(), gate(), gate()];
    let aborted = false;
    await using server = await testApp({
      extend: (app) =>
        mountProbes(app, {
          read: async ({ signal }) => {
            aborted = signal.aborted;
            reached.open();
          },
        }),
      wrap: (ports) => ({
        ...ports,
        tokens: {
          ...ports.tokens,
          findByHash: async (hash) => {
            asked.open();
            await hold.passed;
            return ports.tokens.findByHash(hash);
          },
        },
      }),
    });
    const { headers } = await server.token();
    const leaving = new AbortController();
    const ended = fetch(`${await server.listen()}/probe/web`, { headers, signal: leaving.signal }).then(
      () => 'answered',
      () => 'cut off',
    );
    await asked.passed;
    leaving.abort();
    expect(await ended).toBe('cut off');
    await waitFor(() => server.app.inFlight() === 0, { what: 'the server to see that the client has gone' });
    hold.open();
    await reached.passed;
    expect(aborted).toBe(true);
  });
});
