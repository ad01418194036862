import http from 'node:http';
import https from 'node:https';
import type { Duplex, Readable } from 'node:stream';
import { pipeline } from 'node:stream';
import { FairleadError } from '../domain/errors.ts';
import type { Dialer } from './agent.ts';
import { fromStatus, fromTransport, type Subject } from './errors.ts';

export interface EngineRequest {
  readonly method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  /** Below the API version, with a leading slash; every segment from outside is already encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is; a stream is read only as fast as the Engine takes it. */
  readonly body?: Readable | Uint8Array;
  /** What the call is about, for the words of an error. */
  readonly subject: Subject;
  /** Aborting ends the request at the Engine, also while its answer streams. */
  readonly signal?: AbortSignal | undefined;
  /** Time until the answer's headers, in milliseconds; `null` waits for ever. */
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
  /** Resolves with the headers, the body still streaming. Throws a FairleadError for an answer of 400 and above. */
  open(request: EngineRequest): Promise<EngineResponse>;
  /** Upgrades the connection (exec, attach, build session). */
  hijack(request: EngineRequest, protocol?: string): Promise<HijackedConnection>;
}

const DEFAULT_DEADLINE_MS = 60_000;
/** An error's text is short; more than this of it is not read. */
const MAX_ERROR_BYTES = 64 * 1024;

export interface TransportOptions {
  readonly dialer: Dialer;
  /** The Engine's address as told in errors. */
  readonly where: string;
  /** The path prefix of the negotiated version, such as `/v1.41`. */
  readonly prefix: () => Promise<string>;
}

export function createTransport(options: TransportOptions): EngineTransport {
  const { dialer, where, prefix } = options;
  const request = dialer.protocol === 'https:' ? https.request : http.request;

  async function dial(call: EngineRequest, upgrade: string | null): Promise<http.ClientRequest> {
    const body = call.json === undefined ? undefined : Buffer.from(JSON.stringify(call.json));
    const headers: http.OutgoingHttpHeaders = { Host: 'docker', ...call.headers };
    if (body !== undefined) {
      headers['Content-Type'] = 'application/json';
      headers['Content-Length'] = body.byteLength;
    } else if (call.body instanceof Uint8Array) {
      headers['Content-Length'] = call.body.byteLength;
    } else if (call.body === undefined && call.method !== 'GET' && call.method !== 'HEAD') {
      headers['Content-Length'] = 0;
    }
    if (upgrade !== null) Object.assign(headers, { Connection: 'Upgrade', Upgrade: upgrade });
    const client = request({
      ...dialer.options,
      agent: dialer.agent,
      method: call.method,
      path: `${await prefix()}${call.path}${queryString(call.query)}`,
      headers,
      ...(call.signal === undefined ? {} : { signal: call.signal }),
    });
    if (call.body !== undefined && !(call.body instanceof Uint8Array)) {
      // An answer may come before the body is read to its end (a refusal); the response decides then, not the pipe.
      pipeline(call.body, client, () => undefined);
    } else {
      client.end(body ?? call.body);
    }
    return client;
  }

  return {
    async open(call) {
      call.signal?.throwIfAborted();
      const client = await dial(call, null);
      const response = await answer<http.IncomingMessage>(client, call, where, (resolve) => {
        client.once('response', resolve);
      });
      // Without a listener an aborted body would be an uncaught error; whoever reads the body still sees it.
      response.on('error', () => undefined);
      const status = response.statusCode ?? 0;
      if (status >= 400) throw fromStatus(status, await errorText(response), call.subject);
      return { status, headers: response.headers, body: response };
    },

    async hijack(call, protocol = 'tcp') {
      call.signal?.throwIfAborted();
      const client = await dial(call, protocol);
      return await answer<HijackedConnection>(client, call, where, (resolve, reject) => {
        client.once('upgrade', (response, socket, head) => {
          if (head.byteLength > 0) socket.unshift(head);
          resolve({ socket, headers: response.headers });
        });
        client.once('response', (response) => {
          response.on('error', () => undefined);
          errorText(response).then(
            (text) => reject(fromStatus(response.statusCode ?? 0, text, call.subject)),
            reject,
          );
        });
      });
    },
  };
}

/** Waits for what `listen` resolves with, bounded by the call's deadline. */
async function answer<T>(
  client: http.ClientRequest,
  call: EngineRequest,
  where: string,
  listen: (resolve: (value: T) => void, reject: (error: unknown) => void) => void,
): Promise<T> {
  const deadlineMs = call.deadlineMs === undefined ? DEFAULT_DEADLINE_MS : call.deadlineMs;
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<T>((resolve, reject) => {
      if (deadlineMs !== null) {
        timer = setTimeout(() => {
          client.destroy(
            new FairleadError(
              'ENGINE_TIMEOUT',
              `The Engine at ${where} did not answer within ${deadlineMs} ms.`,
            ),
          );
        }, deadlineMs);
      }
      client.on('error', reject);
      listen(resolve, reject);
    });
  } catch (error) {
    throw fromTransport(error, where);
  } finally {
    clearTimeout(timer);
  }
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

/** The Engine's `message`, or the text where an answer is no JSON. */
async function errorText(response: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    size += chunk.byteLength;
    if (size > MAX_ERROR_BYTES) break;
  }
  const text = Buffer.concat(chunks).toString();
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null && 'message' in parsed) return String(parsed.message);
  } catch {
    // Not JSON: the text itself is the message.
  }
  return text;
}
