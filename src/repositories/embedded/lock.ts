import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { type FileHandle, open, readdir, rename, rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { OperatorError } from '../../domain/operator-error.ts';

// PGlite takes no lock, and two processes on one folder destroy it. A file with a process id would have to be believed
// after a crash, and ids come again (in containers it is always 1). A socket dies with its process.
//
// Every process that wants the folder listens on a socket of its own in it and then asks all others. Nobody ever
// removes a name that could come to life: a socket gets its final name only once it listens, so one that refuses
// connections is dead for good. With one well-known name instead, of two processes that find it dead, the slower one
// would remove the faster one's new socket.

const LISTENING = /^lock-[0-9a-f]{16}$/;
const ANSWER_TIMEOUT_MS = 2_000;
/** `sun_path` holds 108 bytes on Linux, 104 on macOS, with the final zero. */
const LONGEST_PATH = 103;

interface Greeting {
  readonly state: 'starting' | 'held';
  readonly pid: number | null;
  readonly machine: string | null;
}

export interface FolderLock {
  release(): Promise<void>;
}

/**
 * Takes `folder` for this process until `release`, or until the process ends in whatever way.
 *
 * @throws OperatorError naming the process that has it
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const name = `lock-${randomBytes(8).toString('hex')}`;
  let state: Greeting['state'] = 'starting';
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.end(JSON.stringify({ state, pid: process.pid, machine: hostname() }));
  });
  // The lock alone keeps no process alive.
  server.unref();
  const directory = await open(folder, 'r');
  const release = async () => {
    await rm(join(folder, name), { force: true });
    if (server.listening) await closeServer(server);
    await directory.close();
  };
  try {
    const hidden = `.${name}`;
    await listen(server, socketPath(folder, directory, hidden));
    await rename(join(folder, hidden), join(folder, name));
    await refuseOthers(folder, directory, name);
  } catch (error) {
    await release();
    throw error;
  }
  state = 'held';
  return { release };
}

/** Returns when no other living process has a claim on the folder; throws OperatorError when one goes first. */
async function refuseOthers(folder: string, directory: FileHandle, own: string): Promise<void> {
  for (const other of await readdir(folder)) {
    if (!LISTENING.test(other) || other === own) continue;
    for (;;) {
      const greeting = await ask(socketPath(folder, directory, other));
      if (greeting === null) {
        await rm(join(folder, other), { force: true });
        break;
      }
      // Of two that start at once, the one whose name sorts first waits to see whether the other has seen it in time.
      if (greeting.state === 'held' || other < own) throw taken(folder, greeting);
      await delay(20);
    }
  }
}

/** What the process behind a socket says; `null` when nobody is behind it. */
function ask(path: string): Promise<Greeting | null> {
  return new Promise((resolve, reject) => {
    let text = '';
    // Whoever accepts without a word is alive: a server in the middle of a long query.
    const unknown: Greeting = { state: 'held', pid: null, machine: null };
    const socket = connect(path);
    socket.setTimeout(ANSWER_TIMEOUT_MS, () => {
      resolve(unknown);
      socket.destroy();
    });
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      text += chunk;
    });
    socket.on('end', () => resolve(parseGreeting(text) ?? unknown));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT') resolve(null);
      else if (error.code === 'ECONNRESET' || error.code === 'EAGAIN') resolve(unknown);
      else reject(error);
    });
  });
}

function parseGreeting(text: string): Greeting | null {
  try {
    return JSON.parse(text) as Greeting;
  } catch {
    return null;
  }
}

function taken(folder: string, { pid, machine }: Greeting): OperatorError {
  const holder = pid === null ? 'another process' : `process ${pid} on ${machine}`;
  return new OperatorError(
    `The embedded database in ${folder} is in use by ${holder}.\n` +
      'It belongs to one process at a time. Use the API of the server that has it, or stop that server first.\n' +
      'For several servers on one database, set DATABASE_URL to a PostgreSQL.',
  );
}

/** A path that fits into a socket address; through the open folder where the real one is too long. */
function socketPath(folder: string, directory: FileHandle, name: string): string {
  const path = join(folder, name);
  if (Buffer.byteLength(path) <= LONGEST_PATH) return path;
  if (existsSync('/proc/self/fd')) return `/proc/self/fd/${directory.fd}/${name}`;
  throw new OperatorError(
    `The path ${folder} is too long for a socket. Set FAIRLEAD_DATA_DIR to a shorter one.`,
  );
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const refused = (error: NodeJS.ErrnoException) => {
      const where =
        'It must be on a local disk of this machine; network shares and some shared folders do not do.';
      reject(
        new OperatorError(`The data folder takes no socket (${error.code}). ${where}`, { cause: error }),
      );
    };
    server.once('error', refused);
    server.listen(path, () => {
      server.off('error', refused);
      resolve();
    });
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
