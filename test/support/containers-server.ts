import { API_PREFIX } from '../../src/app.ts';
import type { Grant } from '../../src/domain/access.ts';
import { testServer } from './server.ts';
import type { TestEngine } from './testbed.ts';

/** What a server answered; `json` is its body read as JSON, whatever it is. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // Tests say what they expect of it.
  readonly json: unknown;
}

export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
}

export interface AskOptions {
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** The whole server on a real Engine, as tests of containers ask it. */
export interface ContainersServer extends AsyncDisposable {
  /** `http://127.0.0.1:<port>/api/v1/docker` */
  readonly url: string;
  /** Whoever asks as this role. */
  as(grant: Partial<Grant>): Promise<Asker>;
}

export interface Asker {
  readonly token: string;
  ask(method: string, path: string, options?: AskOptions): Promise<Answer>;
  /** As `ask`, for what must be answered with this status; answers the JSON. */
  expect<T>(status: number, method: string, path: string, options?: AskOptions): Promise<T>;
}

/** `await using server = await containersServer(engine);` */
export async function containersServer(
  engine: TestEngine,
  { allowedBindRoots = [] }: { readonly allowedBindRoots?: readonly string[] } = {},
): Promise<ContainersServer> {
  const server = await testServer({ engineSocket: engine.socketPath, config: { allowedBindRoots } });
  const url = `${server.url}${API_PREFIX}`;

  return {
    url,
    async as(grant) {
      const { token } = await server.makeToken({ name: 'test', ...grant });
      const headers = { authorization: `Bearer ${token}` };
      const ask: Asker['ask'] = async (method, path, { body, headers: more, signal } = {}) => {
        const response = await fetch(`${url}${path}`, {
          method,
          headers: {
            ...headers,
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
            ...more,
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
          ...(signal === undefined ? {} : { signal }),
        });
        const text = await response.text();
        return { status: response.status, headers: response.headers, text, json: parsed(text) };
      };
      return {
        token,
        ask,
        async expect<T>(status: number, method: string, path: string, options?: AskOptions) {
          const answer = await ask(method, path, options);
          if (answer.status !== status) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
          return answer.json as T;
        },
      };
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

function parsed(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    // A tar, perhaps.
    return undefined;
  }
}
