import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { waitFor } from './wait-for.ts';

const PROGRAM = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

export interface ServerProcessOptions {
  /** The Engine that is the host named `local`. */
  readonly engineSocket: string;
  /** PostgreSQL; the embedded database without it. */
  readonly databaseUrl?: string;
  /** Kept when the server is disposed. Default: a new folder, removed then. */
  readonly dataDir?: string;
  /** Default: a new one. A data folder that has a token already goes on with that. */
  readonly adminToken?: string;
  /** Further variables. Of the caller's own environment only PATH and HOME are handed on. */
  readonly environment?: Readonly<Record<string, string>>;
  /** For `node` itself, such as `--cpu-prof`. */
  readonly nodeArguments?: readonly string[];
  /** How long it may take until it is ready. Default: 30 s. */
  readonly readyTimeoutMs?: number;
}

/** How a process ended. */
export interface Ending {
  /** `null` if a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The built server as a process of its own. Disposing it sends SIGTERM, after 15 s SIGKILL. */
export interface ServerProcess extends AsyncDisposable {
  readonly pid: number;
  readonly host: string;
  readonly port: number;
  /** `http://127.0.0.1:<port>`. */
  readonly url: string;
  readonly adminToken: string;
  readonly dataDir: string;
  /** From the start of the process to the first 200 of `/readyz`. */
  readonly readyMs: number;
  /** What it has printed so far. */
  output(): string;
  /** Sends a signal; resolves when the process has ended. */
  end(signal: NodeJS.Signals): Promise<Ending>;
}

/**
 * `await using server = await startServer({ engineSocket });`
 * @throws Error with what it printed when it ends, or is not ready in time.
 */
export async function startServer(options: ServerProcessOptions): Promise<ServerProcess> {
  if (!existsSync(PROGRAM)) throw new Error('There is no dist/main.js: run npm run build');
  const host = '127.0.0.1';
  const port = await freePort(host);
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'fairlead-server-')));
  const adminToken = options.adminToken ?? `flt_${randomBytes(32).toString('base64url')}`;
  const began = performance.now();
  const child = spawn(process.execPath, [...(options.nodeArguments ?? []), PROGRAM, 'serve'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      HOST: host,
      PORT: String(port),
      FAIRLEAD_DATA_DIR: dataDir,
      FAIRLEAD_ADMIN_TOKEN: adminToken,
      DOCKER_HOST: `unix://${options.engineSocket}`,
      LOG_LEVEL: 'warn',
      ...(options.databaseUrl === undefined ? {} : { DATABASE_URL: options.databaseUrl }),
      ...options.environment,
    },
  });
  const printed = collect(child);
  const ended = new Promise<Ending>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  const orphan = () => void child.kill('SIGKILL');
  process.once('exit', orphan);

  async function end(signal: NodeJS.Signals): Promise<Ending> {
    child.kill(signal);
    return ended;
  }

  async function dispose(): Promise<void> {
    const last = setTimeout(() => child.kill('SIGKILL'), 15_000);
    await end('SIGTERM');
    clearTimeout(last);
    process.off('exit', orphan);
    if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
  }

  try {
    const state = await waitFor(
      async () => (hasEnded(child) ? 'ended' : (await readiness(host, port)) === 200 ? 'ready' : ''),
      { what: 'the server to be ready', timeoutMs: options.readyTimeoutMs ?? 30_000, intervalMs: 5 },
    );
    if (state === 'ended') {
      const { code, signal } = await ended;
      throw new Error(`The server has ended, with ${signal ?? `code ${code}`}, instead of becoming ready`);
    }
  } catch (error) {
    await dispose();
    throw new Error(`The server did not start; it printed:\n${printed()}`, { cause: error });
  }
  return {
    pid: child.pid ?? 0,
    host,
    port,
    url: `http://${host}:${port}`,
    adminToken,
    dataDir,
    readyMs: performance.now() - began,
    output: printed,
    end,
    [Symbol.asyncDispose]: dispose,
  };
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** The end of what a process prints: 64 KiB, so that a server that logs for hours costs nothing here. */
function collect(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text = (text + chunk).slice(-65_536);
    });
  }
  return () => text;
}

/** Asks for a port and gives it back: whoever listens on it next gets it, unless somebody is quicker. */
async function freePort(host: string): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once('error', reject);
    probe.listen(0, host, resolve);
  });
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

function readiness(host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host, port, path: '/readyz', agent: false, timeout: 2_000 }, (incoming) => {
      incoming.resume();
      incoming.on('error', reject);
      incoming.on('end', () => resolve(incoming.statusCode ?? 0));
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error('/readyz was silent for 2 s')));
    outgoing.on('error', reject);
    outgoing.end();
  });
}
