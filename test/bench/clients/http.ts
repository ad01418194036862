import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import type { ServerProcess } from '../../support/server-process.ts';

/** Speaks HTTP over connections that are kept. The same code for both sides, so that it costs both the same. */
export interface HttpClient {
  /** Reads the whole answer, without decoding it. @throws Error on any status from 300 on. */
  get(path: string, headers?: Record<string, string>): Promise<Buffer>;
  /** Reads and forgets; @returns how many bytes came. */
  drain(path: string, headers?: Record<string, string>): Promise<number>;
  /** @returns the answer's JSON. */
  json<T>(method: string, path: string, body?: unknown): Promise<T>;
  /** An answer that goes on, to be read and destroyed by the caller. */
  stream(path: string, headers?: Record<string, string>): Promise<IncomingMessage>;
  close(): void;
}

interface Peer {
  readonly address: { readonly socketPath: string } | { readonly host: string; readonly port: number };
  readonly headers: Readonly<Record<string, string>>;
  /** Put before every path. */
  readonly base: string;
}

/** The Engine's own API on its socket. */
export function engineClient(socketPath: string): HttpClient {
  return httpClient({ address: { socketPath }, headers: { host: 'engine' }, base: '' });
}

/** The server's API as its administrator; paths begin below `/api/v1/docker`. */
export function apiClient({ host, port, adminToken }: ServerProcess): HttpClient {
  const headers = { authorization: `Bearer ${adminToken}` };
  return httpClient({ address: { host, port }, headers, base: '/api/v1/docker' });
}

function httpClient({ address, headers: always, base }: Peer): HttpClient {
  const agent = new Agent({ keepAlive: true, maxFreeSockets: 32 });

  function send(
    method: string,
    path: string,
    headers: Record<string, string>,
    body?: Buffer,
  ): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const outgoing: ClientRequest = request({
        ...address,
        agent,
        method,
        path: base + path,
        headers: { ...always, ...headers },
      });
      outgoing.on('error', reject);
      outgoing.on('response', (incoming) => {
        if ((incoming.statusCode ?? 0) < 300) resolve(incoming);
        else {
          const problem = `${method} ${base}${path}: ${incoming.statusCode}`;
          read(incoming).then((text) => reject(new Error(`${problem} ${text.toString()}`)), reject);
        }
      });
      outgoing.end(body);
    });
  }

  return {
    get: async (path, headers = {}) => read(await send('GET', path, headers)),
    drain: async (path, headers = {}) => count(await send('GET', path, headers)),
    async json<T>(method: string, path: string, body?: unknown) {
      const payload = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
      const headers: Record<string, string> = payload
        ? { 'content-type': 'application/json', 'content-length': String(payload.length) }
        : {};
      const answer = await read(await send(method, path, headers, payload));
      return (answer.length > 0 ? JSON.parse(answer.toString()) : undefined) as T;
    },
    stream: (path, headers = {}) => send('GET', path, headers),
    close: () => agent.destroy(),
  };
}

function read(incoming: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => resolve(Buffer.concat(chunks)));
    incoming.on('error', reject);
  });
}

function count(incoming: IncomingMessage): Promise<number> {
  return new Promise((resolve, reject) => {
    let bytes = 0;
    incoming.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    incoming.on('end', () => resolve(bytes));
    incoming.on('error', reject);
  });
}
