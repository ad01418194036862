import { type PrivateEngine, startPrivateEngine } from '../support/private-engine.ts';
import { type TestContainer, type TestScope, testScope } from '../support/scope.ts';
import { type ServerProcess, type ServerProcessOptions, startServer } from '../support/server-process.ts';
import { engines, type TestEngine } from '../support/testbed.ts';
import type { BenchContext } from './case.ts';
import { engineClient, type HttpClient } from './clients/http.ts';

const MANY = 200;

export interface ContextOptions {
  readonly short: boolean;
  /** An Engine of the test bed by its version, such as `20.10`; otherwise the run starts one of its own. */
  readonly engineName: string | undefined;
  /** For the server's `node`. */
  readonly nodeArguments: readonly string[];
}

/** What the cases of one run share. Disposing it removes everything it made. */
export async function createContext(options: ContextOptions): Promise<BenchContext & AsyncDisposable> {
  const own = options.engineName === undefined ? await startPrivateEngine() : undefined;
  const engine = own ?? bedEngine(options.engineName);
  const scope = await testScope(engine);
  const started: AsyncDisposable[] = [];
  let raw: HttpClient | undefined;

  const freshServer = async (server: Partial<ServerProcessOptions> = {}): Promise<ServerProcess> => {
    const made = await startServer({
      engineSocket: engine.socketPath,
      nodeArguments: options.nodeArguments,
      ...server,
    });
    started.push(made);
    return made;
  };

  return {
    engine,
    scope,
    short: options.short,
    freshServer,
    server: once(() => freshServer()),
    raw() {
      raw ??= engineClient(engine.socketPath);
      return raw;
    },
    manyContainers: once(() => createMany(scope)),
    shellContainer: once(() => scope.runContainer('shell', withoutNetwork(['sleep', '100000']))),
    note: (text) => console.log(`  ${text}`),
    async [Symbol.asyncDispose]() {
      for (const server of started) await server[Symbol.asyncDispose]();
      raw?.close();
      await dispose(own, scope);
    },
  };
}

/** A container without a network starts quicker, and none of the cases needs one. */
export function withoutNetwork(cmd: readonly string[]): Record<string, unknown> {
  return { Cmd: cmd, HostConfig: { NetworkMode: 'none' } };
}

/** With its Engine goes all that is on it, without the minutes that removing takes. */
async function dispose(own: PrivateEngine | undefined, scope: TestScope): Promise<void> {
  if (own === undefined) await scope[Symbol.asyncDispose]();
  else await own[Symbol.asyncDispose]();
}

function bedEngine(name: string | undefined): TestEngine {
  const found = engines().find((engine) => engine.name === name);
  if (found) return found;
  const names = engines().map((engine) => engine.name);
  throw new Error(`The test bed has no Engine ${name}, but ${names.join(' and ')}`);
}

async function createMany(scope: TestScope): Promise<readonly TestContainer[]> {
  const suffixes = Array.from({ length: MANY }, (_, index) => `many${index}`);
  return inParallel(4, suffixes, (suffix) =>
    scope.createContainer(suffix, withoutNetwork(['sleep', '100000'])),
  );
}

/** Works on at most `limit` items at a time; the results are in the order of the items. */
export async function inParallel<T, R>(
  limit: number,
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const queue = items.entries();
  const worker = async () => {
    for (const [index, item] of queue) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: limit }, worker));
  return results;
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
