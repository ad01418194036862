import { randomUUID } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { API_PREFIX } from '../../src/app.ts';
import { type Engine, openEngine } from '../../src/docker/engine.ts';
import type { Grant } from '../../src/domain/access.ts';
import { FairleadError } from '../../src/domain/errors.ts';
import { mount } from '../../src/http/mount.ts';
import { execRoutes } from '../../src/http/routes/exec.ts';
import { terminalRoutes } from '../../src/http/routes/terminals.ts';
import { createRecordingFiles } from '../../src/repositories/recording-files.ts';
import { SYSTEM_CLOCK } from '../../src/use-cases/access/access.ts';
import { createProcesses, type Processes } from '../../src/use-cases/terminals/processes.ts';
import { type TestApp, type TestToken, testApp } from './app.ts';
import { testFolder } from './databases.ts';
import { type ProcessClient, type ProcessClientOptions, processClient } from './process-client.ts';

export interface ProcessServerOptions {
  readonly graceSeconds?: number;
  readonly maxTerminals?: number;
  readonly grant?: Partial<Grant>;
}

/** A plain answer. */
export interface PlainAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
  /** Its JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly json: any;
}

/** The routes of processes and terminals in front of one real Engine, listening, with a token. */
export interface ProcessServer extends AsyncDisposable {
  readonly url: string;
  readonly token: TestToken;
  readonly engine: Engine;
  readonly processes: Processes;
  readonly test: TestApp;
  readonly recordings: string;
  /** Path below the prefix. */
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<PlainAnswer>;
  /** Opens a WebSocket at a path below the prefix. */
  connect(path: string, options?: ProcessClientOptions): Promise<ProcessClient>;
  /** Makes an exec instance; answers its id. */
  exec(container: string, body: Record<string, unknown>): Promise<string>;
}

/** `await using server = await processServer(engine.socketPath);` */
export async function processServer(
  socketPath: string,
  options: ProcessServerOptions = {},
): Promise<ProcessServer> {
  const engine = openEngine('local', { kind: 'unix', path: socketPath });
  const folder = await testFolder();
  const recordings = `${folder.path}/recordings`;
  const local = (host: string): Engine => {
    if (host !== 'local') throw new FairleadError('HOST_NOT_FOUND', `There is no host named "${host}".`);
    return engine;
  };
  const { graceSeconds = 1, maxTerminals } = options;
  const processes = createProcesses({
    containers: (host) => local(host).containers,
    exec: (host) => local(host).execs,
    attach: (host) => local(host).attaching,
    ender: (host) => local(host).processes,
    health: (host) => local(host).health,
    recordings: createRecordingFiles(recordings),
    clock: SYSTEM_CLOCK,
    log: pino({ level: process.env.TEST_LOG_LEVEL ?? 'silent' }),
    graceSeconds,
    ...(maxTerminals === undefined ? {} : { maxTerminals }),
  });
  const test = await testApp({
    extend: (app) =>
      void app.register(
        async (api: FastifyInstance) => {
          mount(api, 'Exec', execRoutes(processes));
          mount(api, 'Terminals', terminalRoutes(processes));
        },
        { prefix: API_PREFIX },
      ),
  });
  const url = await test.listen();
  const token = await test.token({ name: randomUUID(), role: 'admin', ...options.grant });
  const base = `${url}${API_PREFIX}`;

  async function call(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<PlainAnswer> {
    const response = await fetch(`${base}${path}`, {
      method,
      headers: {
        ...token.headers,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const bytes = Buffer.from(await response.arrayBuffer());
    return {
      status: response.status,
      headers: response.headers,
      bytes,
      get json() {
        return JSON.parse(bytes.toString());
      },
    };
  }

  return {
    url,
    token,
    engine,
    processes,
    test,
    recordings,
    call,
    connect: (path, more = {}) =>
      processClient(`${base}${path}`, { ...more, headers: { ...token.headers, ...more.headers } }),
    async exec(container, body) {
      const answer = await call('POST', `/containers/${container}/exec`, body);
      if (answer.status !== 201) throw new Error(`no exec: ${answer.bytes.toString()}`);
      return answer.json.execId as string;
    },
    async [Symbol.asyncDispose]() {
      await test[Symbol.asyncDispose]();
      await processes.close(5_000);
      await engine.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}
