import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { sshdBin } from './testbed.ts';
import { waitFor } from './wait-for.ts';

/** An OpenSSH server of a test's own on 127.0.0.1, with one user: whoever runs the test. */
export interface Sshd extends AsyncDisposable {
  readonly port: number;
  readonly username: string;
  /** Private key of the user, and one that the server does not know. */
  readonly userKey: string;
  readonly otherKey: string;
  /** Line of `known_hosts` for this server. */
  readonly knownHosts: string;
  /** How many connections it has accepted with success. */
  accepted(): number;
  /** Cuts all that is connected, and listens no more until it is started again. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Socket of an SSH agent that has the user's key. */
  agent(): Promise<string>;
}

/** @param hostKeyType the type of the server's host key */
export async function startSshd({ hostKeyType = 'ed25519' } = {}): Promise<Sshd> {
  const folder = mkdtempSync(join(tmpdir(), 'fairlead-sshd-'));
  const file = (name: string) => join(folder, name);
  const read = (name: string) => readFileSync(file(name), 'utf8');
  for (const [name, type] of [
    ['host', hostKeyType],
    ['user', 'ed25519'],
    ['other', 'ed25519'],
  ] as const) {
    execFileSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-f', file(name)]);
  }
  writeFileSync(file('authorized_keys'), read('user.pub'), { mode: 0o600 });
  const port = await freePort();
  writeFileSync(
    file('config'),
    [
      `ListenAddress 127.0.0.1:${port}`,
      `HostKey ${file('host')}`,
      `AuthorizedKeysFile ${file('authorized_keys')}`,
      `PidFile ${file('pid')}`,
      'StrictModes no',
      'UsePAM no',
      'PasswordAuthentication no',
      'PermitRootLogin prohibit-password',
      'AllowStreamLocalForwarding yes',
      'LogLevel VERBOSE',
    ].join('\n'),
  );
  // OpenSSH insists on this folder when it runs as root.
  mkdirSync('/run/sshd', { recursive: true });
  let daemon: ChildProcess | undefined;
  let agent: ChildProcess | undefined;
  let log = '';

  async function start(): Promise<void> {
    const child = spawn(sshdBin(), ['-D', '-e', '-f', file('config')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    child.stderr.on('data', (chunk: Buffer) => {
      log += chunk.toString();
    });
    daemon = child;
    await waitFor(() => answers(port), { what: `sshd on port ${port}: ${log}` });
  }

  async function stop(): Promise<void> {
    const child = daemon;
    daemon = undefined;
    if (child?.pid === undefined) return;
    // Each connection has processes of its own, which outlive the one that listens.
    for (const pid of [...descendantsOf(child.pid), child.pid]) killed(pid);
    await waitFor(() => child.exitCode !== null || child.signalCode !== null, { what: 'sshd to end' });
  }

  await start();
  return {
    port,
    username: userInfo().username,
    userKey: read('user'),
    otherKey: read('other'),
    knownHosts: `[127.0.0.1]:${port} ${read('host.pub')}`,
    accepted: () => log.split('Accepted publickey').length - 1,
    start,
    stop,
    async agent() {
      const socket = file('agent.sock');
      agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
      const env = { ...process.env, SSH_AUTH_SOCK: socket };
      await waitFor(() => execFileSync('ssh-add', ['-q', file('user')], { env, stdio: 'pipe' }), {
        what: 'the agent to take the key',
      });
      return socket;
    },
    async [Symbol.asyncDispose]() {
      agent?.kill();
      await stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function descendantsOf(root: number): number[] {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => {
      try {
        const parent = /^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${name}/status`, 'utf8'))?.[1];
        return [Number(name), Number(parent)] as const;
      } catch {
        return [0, 0] as const; // ended meanwhile
      }
    });
  const below = (pid: number): number[] =>
    parents.filter(([, parent]) => parent === pid).flatMap(([child]) => [child, ...below(child)]);
  return below(root);
}

function killed(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('data', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
