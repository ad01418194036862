import { connect, type Socket } from 'node:net';
import postgres from 'postgres';
import { OperatorError } from '../../domain/operator-error.ts';

/** What postgres.js tells a maker of sockets, as far as it is used here. */
interface Target {
  readonly host: readonly string[];
  readonly port: readonly number[];
  readonly path: string | false;
}

/** Options that postgres.js takes and its types lack. */
interface UntypedOptions {
  /** Seconds before the next attempt. */
  readonly backoff?: () => number;
  readonly socket?: (target: Target) => Socket;
}

type DriverOptions = Omit<postgres.Options<Record<string, never>>, keyof UntypedOptions> & UntypedOptions;

const CONNECT_TIMEOUT_SECONDS = 5;

/**
 * A pool of up to `connections`, each made when it is needed.
 *
 * @param silenceMs a connection on which nothing arrives for so long is given up; 0: never
 * @param parameters of the server's sessions, such as `statement_timeout`
 * @throws OperatorError when the URL is none
 */
export function openPool(
  url: string,
  connections: number,
  silenceMs: number,
  parameters: Readonly<Record<string, string | number>>,
): postgres.Sql {
  const options: DriverOptions = {
    max: connections,
    connect_timeout: CONNECT_TIMEOUT_SECONDS,
    // A query finds out at once that the server is away; whoever asks decides when to ask again.
    backoff: () => 0,
    fetch_types: false,
    onnotice: () => undefined,
    connection: { application_name: 'fairlead', ...parameters },
    socket: socketMaker(silenceMs),
  };
  try {
    return postgres(url, options as unknown as postgres.Options<Record<string, never>>);
  } catch {
    // The error of `new URL` holds the whole text, and with it the password.
    throw new OperatorError('DATABASE_URL is not a URL such as postgres://user:password@host:5432/database.');
  }
}

/** Makes the sockets for the pool; of several hosts, each attempt takes the next, as the driver's own sockets do. */
function socketMaker(silenceMs: number): (target: Target) => Socket {
  let attempts = 0;
  return ({ host, port, path }) => {
    const index = attempts++ % host.length;
    const name = host[index] ?? 'localhost';
    const socket = path === false ? connect(port[index] ?? 5432, name) : connect(path);
    if (silenceMs > 0) endWhenSilent(socket, silenceMs);
    // Read by the driver as the name that a certificate must have.
    return Object.assign(socket, { host: name });
  };
}

/**
 * The driver has no such limit: when a server's machine is lost, its connections would hang for a quarter of an hour,
 * until the kernel gives up. By a timer, because the driver removes all listeners when it starts TLS.
 */
function endWhenSilent(socket: Socket, silenceMs: number): void {
  let heard = socket.bytesRead;
  let since = performance.now();
  const timer = setInterval(() => {
    if (socket.destroyed) clearInterval(timer);
    if (socket.bytesRead !== heard) {
      heard = socket.bytesRead;
      since = performance.now();
    } else if (performance.now() - since >= silenceMs) {
      socket.destroy(Object.assign(new Error('The database went silent.'), { code: 'ETIMEDOUT' }));
    }
  }, silenceMs / 4);
  timer.unref();
}
