import { once } from 'node:events';
import { type ClientOptions, WebSocket } from 'ws';

/** How an upgrade ended: with a socket, or with a plain answer. */
export type Upgrade =
  | { readonly ws: WebSocket; readonly headers: Readonly<Record<string, unknown>> }
  | { readonly status: number; readonly body: string; readonly headers: Readonly<Record<string, unknown>> };

/** Asks for a WebSocket. Never throws for an answer that is not a 101. */
export async function upgrade(
  url: string,
  options: ClientOptions & { readonly protocols?: readonly string[] } = {},
): Promise<Upgrade> {
  const ws = new WebSocket(url.replace(/^http/, 'ws'), [...(options.protocols ?? [])], options);
  let headers: Readonly<Record<string, unknown>> = {};
  ws.on('upgrade', (response) => {
    headers = response.headers;
  });
  return new Promise((resolve, reject) => {
    ws.once('open', () => resolve({ ws, headers }));
    ws.once('error', reject);
    ws.once('unexpected-response', (_request, response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body, headers: response.headers }),
      );
    });
  });
}

/** A WebSocket that must open. */
export async function connect(
  url: string,
  options: ClientOptions & { readonly protocols?: readonly string[] } = {},
): Promise<WebSocket> {
  const answer = await upgrade(url, options);
  if ('ws' in answer) return answer.ws;
  throw new Error(`The upgrade was answered with ${answer.status}: ${answer.body}`);
}

/** Waits for the end of a socket. */
export async function closed(ws: WebSocket): Promise<{ readonly code: number; readonly reason: string }> {
  const [code, reason] = (await once(ws, 'close')) as [number, Buffer];
  return { code, reason: reason.toString() };
}
