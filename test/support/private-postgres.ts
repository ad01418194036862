import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A PostgreSQL of a test's own, which it may stop, freeze and start again on the same port. */
export interface PrivatePostgres extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  start(): Promise<void>;
  /** Ends it at once, with all its connections. */
  stop(): Promise<void>;
  /** SIGSTOP to all its processes: connections stay, nothing is answered. */
  freeze(): void;
  /** SIGCONT. */
  thaw(): void;
}

const PASSWORD = 'private-secret';

/**
 * `await using postgres = await privatePostgres();` It is not started yet.
 *
 * @param tls whether it also speaks TLS, with a certificate of its own making
 */
export async function privatePostgres({ tls = false } = {}): Promise<PrivatePostgres> {
  const bin = programs();
  const folder = mkdtempSync('/tmp/fairlead-private-postgres-');
  const data = join(folder, 'data');
  const port = await freePort();
  writeFileSync(join(folder, 'password'), PASSWORD, { mode: 0o600 });
  if (process.getuid?.() === 0) execFileSync('chown', ['-R', 'postgres:', folder]);
  await unprivileged(`${bin}/initdb`, [
    ...['-D', data, '-U', 'fairlead', `--pwfile=${folder}/password`, '-A', 'scram-sha-256'],
    ...['-E', 'UTF8', '--locale=C.UTF-8', '--no-sync'],
  ]);
  if (tls) {
    const files = ['-keyout', join(data, 'server.key'), '-out', join(data, 'server.crt')];
    const subject = ['-subj', '/CN=localhost', '-days', '2'];
    await unprivileged('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...files, ...subject]);
    await unprivileged('chmod', ['600', join(data, 'server.key')]);
  }
  const signal = (name: NodeJS.Signals) => {
    for (const pid of processes(data)) {
      try {
        process.kill(pid, name);
      } catch (error) {
        // One that woke first may have ended others, or itself.
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
    }
  };
  const stop = async () => {
    signal('SIGCONT');
    await unprivileged(`${bin}/pg_ctl`, ['-D', data, '-m', 'immediate', '-w', '-s', 'stop']);
  };
  return {
    url: `postgres://fairlead:${PASSWORD}@127.0.0.1:${port}/postgres`,
    port,
    start: () =>
      unprivileged(`${bin}/pg_ctl`, [
        ...['-D', data, '-l', join(folder, 'log'), '-w', '-s', '-t', '30'],
        ...[
          '-o',
          `-p ${port} -k ${folder} -c listen_addresses=127.0.0.1 -c fsync=off -c ssl=${tls ? 'on' : 'off'}`,
          'start',
        ],
      ]),
    stop,
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
    [Symbol.asyncDispose]: async () => {
      if (processes(data).length > 0) await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function programs(): string {
  const root = '/usr/lib/postgresql';
  const [newest] = readdirSync(root).toSorted((a, b) => Number(b) - Number(a));
  if (!newest) throw new Error('PostgreSQL is not installed: run scripts/bed/up.sh --postgres');
  return join(root, newest, 'bin');
}

/** PostgreSQL refuses to run as root. */
async function unprivileged(program: string, args: readonly string[]): Promise<void> {
  const isRoot = process.getuid?.() === 0;
  const [command, ...rest] = isRoot
    ? ['runuser', '-u', 'postgres', '--', program, ...args]
    : [program, ...args];
  await run(command ?? program, rest, { cwd: '/tmp' });
}

/** The process ids of the server in `data` and of its children; none when it is down. */
function processes(data: string): number[] {
  let server: number;
  try {
    server = Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0]);
  } catch {
    return [];
  }
  const children = readFileSync(`/proc/${server}/task/${server}/children`, 'utf8');
  return [server, ...children.trim().split(' ').filter(Boolean).map(Number)];
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => {
    server.close(resolve);
  });
  if (address === null || typeof address === 'string') throw new Error('No free port');
  return address.port;
}
