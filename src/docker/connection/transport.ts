import type http from 'node:http';
import type { Duplex, Readable } from 'node:stream';
import { FairleadError } from '../../domain/errors.ts';
import type { Dialer } from './agent.ts';
import { errorText } from './error-text.ts';
import { fromStatus, fromTransport, type Subject } from './errors.ts';
import { sendBody, type UploadFailure } from './upload.ts';

export interface EngineRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  /** Below the API version, with a leading slash; every segment from outside is already encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is; a stream is read only as fast as the Engine takes it, and not at all if the Engine refuses first. */
  readonly body?: Readable | Uint8Array;
  /** What the call is about, for the words of an error. */
  readonly subject: Subject;
  /** Aborting ends the request at the Engine, also while its answer streams and after the connection was handed over. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Time until the answer's headers, in milliseconds, counted from the moment the whole body is sent; `null` waits for ever.
   */
  readonly deadlineMs?: number | null;
}

export interface EngineResponse {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: http.IncomingMessage;
}

/** A connection that the Engine handed over: bytes both ways, `end()` half-closes, `destroy()` drops it. */
export interface HijackedConnection {
  readonly socket: Duplex;
  readonly headers: http.IncomingHttpHeaders;
}

/** Bytes to and from one Engine, for everything that streams. JSON calls go through the guard instead. */
export interface EngineTransport {
  /**
   * Resolves with the headers, the body still streaming. Throws a FairleadError for an answer of 400 and above, what the
   * body's source threw if that failed, and the signal's reason if the caller gave up.
   */
  open(request: EngineRequest): Promise<EngineResponse>;
  /** Upgrades the connection (exec, attach, build session). */
  hijack(request: EngineRequest, protocol?: string): Promise<HijackedConnection>;
}

const DEFAULT_DEADLINE_MS = 60_000;

export interface TransportOptions {
  readonly dialer: Dialer;
  /** The Engine's address as told in errors. */
  readonly where: string;
  /** The path prefix of the negotiated version, such as `/v1.41`. */
  readonly prefix: (signal?: AbortSignal) => Promise<string>;
}

/** Makes the transport of one Engine. */
export function createTransport(options: TransportOptions): EngineTransport {
  const { where } = options;
  return {
    async open(call) {
      const response = await exchange<http.IncomingMessage>(options, call, null, (client, resolve) => {
        client.once('response', resolve);
      });
      // Without a listener an aborted body would be an uncaught error; whoever reads the body still sees it.
      response.on('error', ignore);
      const status = response.statusCode ?? 0;
      if (status >= 400) throw fromStatus(status, await errorText(response), call.subject);
      return { status, headers: response.headers, body: response };
    },

    hijack(call, protocol = 'tcp') {
      return exchange<HijackedConnection>(options, call, protocol, (client, resolve, reject) => {
        client.once('upgrade', (response, socket, head) => {
          if (head.byteLength > 0) socket.unshift(head);
          // A connection that breaks while nobody has a listener on it yet would end the process.
          socket.on('error', ignore);
          endWith(call.signal, socket);
          resolve({ socket, headers: response.headers });
        });
        client.once('response', (response) => {
          response.on('error', ignore);
          const status = response.statusCode ?? 0;
          const refuse = (text: string) => {
            response.destroy();
            if (status >= 400) reject(fromStatus(status, text, call.subject));
            else
              reject(
                new FairleadError('ENGINE_ERROR', `The Engine at ${where} did not hand over the connection.`),
              );
          };
          errorText(response).then(refuse, reject);
        });
      });
    },
  };
}

/** Sends one request and waits for what `listen` resolves with: the answer's headers, or the connection. */
async function exchange<T>(
  { dialer, where, prefix }: TransportOptions,
  call: EngineRequest,
  upgrade: string | null,
  listen: (client: http.ClientRequest, resolve: (value: T) => void, reject: (error: unknown) => void) => void,
): Promise<T> {
  const { signal, deadlineMs = DEFAULT_DEADLINE_MS } = call;
  signal?.throwIfAborted();
  const path = `${await prefix(signal)}${call.path}${queryString(call.query)}`;
  signal?.throwIfAborted();
  const upload: UploadFailure = { error: undefined };
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<T>((resolve, reject) => {
      const client = dialer.request({
        method: call.method,
        path,
        headers: { Host: 'docker', ...call.headers, ...upgradeHeaders(upgrade) },
        ...(signal === undefined ? {} : { signal }),
      });
      client.on('error', reject);
      if (deadlineMs !== null) {
        client.once('finish', () => {
          timer = setTimeout(() => client.destroy(tooSlow(where, deadlineMs)), deadlineMs);
        });
      }
      listen(client, resolve, reject);
      sendBody(client, call, upload);
    });
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    if (upload.error !== undefined) throw upload.error;
    throw fromTransport(error, where);
  } finally {
    clearTimeout(timer);
  }
}

function tooSlow(where: string, deadlineMs: number): FairleadError {
  return new FairleadError(
    'ENGINE_TIMEOUT',
    `The Engine at ${where} did not answer within ${deadlineMs} ms.`,
  );
}

function upgradeHeaders(protocol: string | null): http.OutgoingHttpHeaders {
  return protocol === null ? {} : { Connection: 'Upgrade', Upgrade: protocol };
}

/** Node no longer looks at a request's signal once its connection was handed over. */
function endWith(signal: AbortSignal | undefined, socket: Duplex): void {
  if (signal === undefined) return;
  const drop = () => void socket.destroy();
  if (signal.aborted) drop();
  signal.addEventListener('abort', drop, { once: true });
  socket.once('close', () => signal.removeEventListener('abort', drop));
}

function ignore(): void {
  // Whoever reads the stream sees its error there.
}

function queryString(query: EngineRequest['query']): string {
  if (query === undefined) return '';
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) search.set(name, String(value));
  }
  const text = search.toString();
  return text === '' ? '' : `?${text}`;
}
