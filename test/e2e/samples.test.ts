import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type DocumentedOperation, documentedOperations } from '../support/documented-operations.ts';
import { engineJson, engineRequest } from '../support/engine-api.ts';
import { type PrivateEngine, startPrivateEngine } from '../support/private-engine.ts';
import { type TestServer, testServer } from '../support/server.ts';
import { unconnectedApp } from '../support/unconnected-app.ts';
import { waitFor } from '../support/wait-for.ts';

const run = promisify(execFile);

const app = await unconnectedApp();
const operations = documentedOperations(app.swagger());
await app.close();

const samples = operations.flatMap((operation) => operation.samples.map((sample) => ({ operation, sample })));

/** What the container `demo` has to be for an operation; running, where it is not said. */
const STATES: Readonly<Record<string, 'none' | 'stopped' | 'paused'>> = {
  'containers.create': 'none',
  'containers.start': 'stopped',
  'containers.wait': 'stopped',
  'containers.unpause': 'paused',
};

interface Demo {
  readonly id: string;
  readonly state: string;
}

describe('The samples of the OpenAPI document', () => {
  let engine: PrivateEngine;
  let server: TestServer;
  beforeAll(async () => {
    engine = await startPrivateEngine();
    server = await testServer({ engineSocket: engine.socketPath });
  }, 90_000);
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
    await engine?.[Symbol.asyncDispose]();
  }, 60_000);

  beforeEach(async () => {
    for (const name of ['demo', 'demo-2']) {
      await engineRequest(engine.socketPath, 'DELETE', `/containers/${name}?force=true`);
    }
  });

  const engineCall = (path: string, body?: object) =>
    engineJson<{ Id: string }>(engine.socketPath, 'POST', path, body);

  async function makeDemo(state: 'running' | 'stopped' | 'paused'): Promise<void> {
    const { Id } = await engineCall('/containers/create?name=demo', {
      Image: 'busybox:latest',
      // The private Engine has no bridge, which renaming a container on it would need.
      HostConfig: { NetworkMode: 'none' },
      Cmd: ['sh', '-c', 'echo ready; trap "exit 0" TERM; trap : HUP; while :; do sleep 1; done'],
    });
    if (state !== 'stopped') await engineRequest(engine.socketPath, 'POST', `/containers/${Id}/start`);
    if (state === 'paused') await engineRequest(engine.socketPath, 'POST', `/containers/${Id}/pause`);
    const shown = state === 'stopped' ? 'created' : state;
    await waitFor(
      async () => {
        const { items } = await server.json<{ items: Demo[] }>('/containers?all=true');
        return items.length === 1 && items[0]?.id === Id && items[0].state === shown;
      },
      { what: 'the server to see the container' },
    );
  }

  /** What a sample names by a variable. */
  async function variables(sample: string): Promise<Record<string, string>> {
    if (sample.includes('$EXEC_ID')) {
      const runs = sample.includes('/resize');
      const cmd = runs ? ['sleep', '30'] : ['uname'];
      const { execId } = await server.json<{ execId: string }>('/containers/demo/exec', {
        json: { cmd, tty: runs },
      });
      if (runs) await server.json(`/exec/${execId}/start`, { json: { detach: true } }).catch(() => undefined);
      return { EXEC_ID: execId };
    }
    if (sample.includes('$TERMINAL_ID')) {
      const ws = server.socket('/containers/demo/terminal?recording=true');
      await once(ws, 'message');
      const { items } = await server.json<{ items: { id: string }[] }>('/terminals?status=running');
      return { TERMINAL_ID: items[0]?.id ?? '' };
    }
    if (sample.includes('$TOKEN_ID')) {
      return { TOKEN_ID: (await server.makeToken({ name: 'sample', role: 'viewer' })).id };
    }
    return {};
  }

  /** The statuses with which the server has answered an operation so far. */
  function statuses({ operation, method }: DocumentedOperation): number[] {
    return server
      .log()
      .split('\n')
      .filter((line) => line.includes('"msg":"request"'))
      .map((line) => JSON.parse(line) as { operation: string; method: string; status: number })
      .filter((line) => line.operation === operation && line.method === method)
      .map(({ status }) => status);
  }

  it('are there for every route that answers plain requests', () => {
    const without = operations
      .filter(({ responses, samples: own }) => own.length === 0 && !('426' in responses))
      .map(({ method, path }) => `${method} ${path}`);
    expect(without).toEqual([]);
  });

  it.each(samples)('$operation.method $operation.path: $sample', async ({ operation, sample }) => {
    const state = STATES[operation.operation] ?? 'running';
    if (state !== 'none' && operation.path.startsWith('/api/v1/docker/')) await makeDemo(state);
    const named = await variables(sample);
    const before = statuses(operation).length;
    const { PATH = '' } = process.env;
    // `head` leaves a stream, which then counts as a failure of curl.
    const options = sample.includes('| head') ? [] : ['-o', 'pipefail'];
    await run('bash', ['--norc', ...options, '-c', sample], {
      env: { PATH, FAIRLEAD: server.url, TOKEN: server.tokens.admin, ...named },
      timeout: 20_000,
    });
    const [status] = await waitFor(
      () => {
        const mine = statuses(operation).slice(before);
        return mine.length > 0 ? mine : undefined;
      },
      { what: 'the line of the request in the log' },
    );
    expect(Object.keys(operation.responses)).toContain(String(status));
    expect(status).toBeLessThan(400);
  });
});
