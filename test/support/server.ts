import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { WebSocket } from 'ws';
import { API_PREFIX, buildApp } from '../../src/app.ts';
import { type Config, loadConfig } from '../../src/config.ts';
import { createDependencies } from '../../src/dependencies.ts';
import type { Role } from '../../src/domain/operations.ts';
import { logOptions } from '../../src/http/log.ts';
import { shutDown } from '../../src/shutdown.ts';

export interface TestServerOptions {
  /** The Engine that is the host named `local`. */
  readonly engineSocket: string;
  /** What else differs from the defaults. */
  readonly config?: Partial<Config>;
}

/** How a call is made: as whom, and with what. */
export interface CallOptions {
  /** A token, or `null` for none. Default: the operator's. */
  readonly token?: string | null;
  readonly method?: string;
  /** Sent as JSON. */
  readonly json?: unknown;
  readonly body?: RequestInit['body'];
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** The whole server in this process: real routes, real embedded database, real Engine. */
export interface TestServer extends AsyncDisposable {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly tokens: Readonly<Record<Role, string>>;
  /** Calls a Docker route: `call('/containers')`. */
  call(path: string, options?: CallOptions): Promise<Response>;
  /** The same, and its JSON; throws with the answer's text unless the status is 2xx. */
  json<T>(path: string, options?: CallOptions): Promise<T>;
  /** Opens a WebSocket of a Docker route; not waiting until it is open. */
  socket(path: string, options?: { token?: string | null; protocols?: string[]; origin?: string }): WebSocket;
  /** Makes a token as the admin. */
  makeToken(
    fields: Readonly<Record<string, unknown>>,
  ): Promise<{ readonly id: string; readonly token: string }>;
  /** The log so far, as it was written. */
  log(): string;
}

/** Starts a server on a free port of 127.0.0.1: `await using server = await testServer({ engineSocket })`. */
export async function testServer(options: TestServerOptions): Promise<TestServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'fairlead-test-'));
  const admin = `flt_${randomBytes(32).toString('base64url')}`;
  const config: Config = {
    ...loadConfig({
      PORT: '0',
      FAIRLEAD_DATA_DIR: dataDir,
      FAIRLEAD_ADMIN_TOKEN: admin,
      DOCKER_HOST: `unix://${options.engineSocket}`,
    }),
    ...options.config,
  };
  const lines: string[] = [];
  const logger = pino(logOptions('debug'), { write: (line) => void lines.push(line) });
  const { deps, bootstrap, phases } = await createDependencies(config, logger, new AbortController().signal);
  const app = await buildApp(deps);
  await bootstrap();
  const url = await app.listen({ host: config.host, port: config.port });

  const at = (path: string) => `${url}${path.startsWith(API_PREFIX) ? path : API_PREFIX + path}`;
  const call: TestServer['call'] = (path, { token = tokens.operator, json, ...init } = {}) =>
    fetch(at(path), {
      ...init,
      method: init.method ?? (json === undefined && init.body === undefined ? 'GET' : 'POST'),
      headers: {
        ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
        ...(json === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...init.headers,
      },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      ...(init.body instanceof ReadableStream ? { duplex: 'half' } : {}),
    } as RequestInit);
  const json = async <T>(path: string, callOptions?: CallOptions): Promise<T> => {
    const response = await call(path, callOptions);
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  };
  const makeToken: TestServer['makeToken'] = (fields) => json('/tokens', { token: admin, json: fields });
  const tokens = { admin, operator: '', viewer: '' };
  tokens.operator = (await makeToken({ name: 'operator', role: 'operator' })).token;
  tokens.viewer = (await makeToken({ name: 'viewer', role: 'viewer' })).token;

  return {
    url,
    tokens,
    call,
    json,
    makeToken,
    socket: (path, { token = tokens.operator, protocols = [], origin } = {}) =>
      new WebSocket(at(path).replace('http', 'ws'), protocols, {
        perMessageDeflate: false,
        headers: token === null ? {} : { Authorization: `Bearer ${token}` },
        ...(origin === undefined ? {} : { origin }),
      }),
    log: () => lines.join(''),
    async [Symbol.asyncDispose]() {
      await shutDown(
        [{ name: 'close the connections', limitMs: 10_000, run: () => app.close() }, ...phases],
        logger,
      );
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
