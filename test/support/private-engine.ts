import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { engineJson, engineRequest } from './engine-api.ts';
import { engines, type TestEngine } from './testbed.ts';
import { waitFor } from './wait-for.ts';

/**
 * An Engine of a test's own, which it may stop, kill and freeze. It has a busybox image and no networks, and keeps what it
 * holds over a restart. Its containers need neither labels nor prefixes.
 */
export interface PrivateEngine extends TestEngine, AsyncDisposable {
  /** SIGTERM, without waiting: the socket goes at once, the process may live on for seconds. */
  terminate(): void;
  /** SIGTERM, and waits until the process is gone. Its containers are stopped. */
  stop(): Promise<void>;
  /**
   * SIGKILL, and waits until the process is gone. Its containers run on until it is started again: that stops them, and takes
   * the 10 s that a process has which ignores SIGTERM, as one with PID 1 and no handler does. With `liveRestore` they stay.
   */
  kill(): Promise<void>;
  /** SIGSTOP: connections are accepted, nothing is answered. */
  freeze(): void;
  /** SIGCONT. */
  thaw(): void;
  /** Starts it again after `stop` or `kill`; resolves when it answers. */
  start(): Promise<void>;
}

const ROOT = '/dev/shm';
const PREFIX = 'fairlead-private-';

export interface PrivateEngineOptions {
  /** Containers survive that the Engine ends. Default false, as an Engine's own. */
  readonly liveRestore?: boolean;
}

/**
 * `await using engine = await startPrivateEngine();` takes about a second and needs root.
 *
 * @throws Error with the end of its log when it does not come up.
 */
export async function startPrivateEngine(options: PrivateEngineOptions = {}): Promise<PrivateEngine> {
  removeLeftovers();
  const folder = join(ROOT, `${PREFIX}${process.pid}-${randomBytes(3).toString('hex')}`);
  const socketPath = join(folder, 'docker.sock');
  mkdirSync(folder);
  const netns = folder.slice(ROOT.length + 1);
  // In a namespace of its own it cannot touch the bridges and rules of the other Engines.
  execFileSync('ip', ['netns', 'add', netns]);
  let child: ChildProcess | undefined;

  async function start(): Promise<void> {
    const log = openSync(join(folder, 'log'), 'a');
    child = spawn('nsenter', [`--net=/run/netns/${netns}`, 'dockerd', ...dockerdArguments(folder, options)], {
      stdio: ['ignore', log, log],
      detached: true,
      env: { ...process.env, PATH: `${trixiePath()}${process.env.PATH}` },
    });
    const started = child;
    await waitFor(
      async () => {
        if (hasEnded(started)) return 'ended';
        return (await engineRequest(socketPath, 'GET', '/_ping')).status === 200 ? 'up' : '';
      },
      { what: `the Engine in ${folder} to answer`, timeoutMs: 30_000 },
    );
    if (hasEnded(started))
      throw new Error(`dockerd ended: ${readFileSync(join(folder, 'log'), 'utf8').slice(-2000)}`);
  }

  async function end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const ending = child;
    if (ending === undefined) return;
    ending.kill(signal);
    await waitFor(() => hasEnded(ending), { what: `dockerd to end on ${signal}`, timeoutMs: 30_000 });
  }

  async function dispose(): Promise<void> {
    child?.kill('SIGCONT');
    await end('SIGKILL');
    remove(folder);
  }

  try {
    await start();
    await copyImage(socketPath, 'busybox:latest');
    const { Version: version } = await engineJson<{ Version: string }>(socketPath, 'GET', '/version');
    return {
      name: version.split('.').slice(0, 2).join('.'),
      version,
      socketPath,
      start,
      terminate: () => void child?.kill('SIGTERM'),
      stop: () => end('SIGTERM'),
      kill: () => end('SIGKILL'),
      freeze: () => void child?.kill('SIGSTOP'),
      thaw: () => void child?.kill('SIGCONT'),
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

function dockerdArguments(folder: string, { liveRestore = false }: PrivateEngineOptions): string[] {
  return [
    ['--host', `unix://${join(folder, 'docker.sock')}`],
    ['--data-root', join(folder, 'data')],
    ['--exec-root', join(folder, 'exec')],
    ['--pidfile', join(folder, 'pid')],
    ['--bridge', 'none'],
    ['--iptables=false', '--ip6tables=false', '--ip-forward=false'],
    ['--shutdown-timeout', '10'],
    liveRestore ? ['--live-restore'] : [],
  ].flat();
}

/** The newer Engine's programs, where the test bed has unpacked them; otherwise the system's are used. */
function trixiePath(): string {
  const root = join(process.env.FAIRLEAD_CACHE ?? join(homedir(), '.cache/fairlead'), 'trixie/root/usr');
  return existsSync(join(root, 'sbin/dockerd')) ? `${join(root, 'sbin')}:${join(root, 'bin')}:` : '';
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function copyImage(socketPath: string, image: string): Promise<void> {
  const [donor] = engines();
  const { status, body } = await engineRequest(donor?.socketPath ?? '', 'GET', `/images/${image}/get`);
  if (status !== 200) throw new Error(`The test bed has no ${image}: ${body.toString()}`);
  const loaded = await engineRequest(socketPath, 'POST', '/images/load', body);
  if (loaded.status !== 200) throw new Error(`${image} was not loaded: ${loaded.body.toString()}`);
}

/** Ends all that belongs to a private Engine (containerd and the containers outlive their dockerd), and its folder. */
function remove(folder: string): void {
  // Shims start anew what is killed below them only while containerd lives: two rounds catch what was being started.
  for (let round = 0; round < 2; round += 1) {
    for (const pid of processesOf(folder)) kill(pid);
  }
  const mounts = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((target) => target.startsWith(`${folder}/`));
  for (const target of mounts.reverse()) execFileSync('umount', ['-l', target]);
  execFileSync('ip', ['netns', 'del', folder.slice(ROOT.length + 1)]);
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

/** Whatever names the folder on its command line, and the children of those: the containers' own processes. */
function processesOf(folder: string): number[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const parent = /^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${name}/status`, 'utf8'))?.[1];
        const ours = readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(folder);
        return [{ pid: Number(name), parent: Number(parent), ours }];
      } catch {
        return []; // ended meanwhile
      }
    });
  const found = new Set(all.filter((one) => one.ours).map((one) => one.pid));
  for (let size = -1; size !== found.size; ) {
    size = found.size;
    for (const one of all) if (found.has(one.parent)) found.add(one.pid);
  }
  found.delete(process.pid);
  return [...found];
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** A worker that was killed could not tidy up; its folder names it. */
function removeLeftovers(): void {
  for (const name of readdirSync(ROOT)) {
    const owner = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1];
    if (owner !== undefined && !existsSync(`/proc/${owner}`)) remove(join(ROOT, name));
  }
}
