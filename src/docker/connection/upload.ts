import type http from 'node:http';
import { pipeline, type Readable } from 'node:stream';

/** Where a failure of the body's own source is noted: it is not the Engine's fault. */
export interface UploadFailure {
  error: Error | undefined;
}

/** Something between that does not know `Expect` sends no `100 Continue`: the body follows all the same after this time. */
const PATIENCE_MS = 1_000;

/**
 * Sends a request's body. One that streams waits until the Engine asks for it, so that a refusal is read instead of lost
 * in a broken pipe, and costs the caller nothing of the stream.
 */
export function sendBody(
  client: http.ClientRequest,
  {
    method,
    json,
    body,
  }: { readonly method: string; readonly json?: unknown; readonly body?: Readable | Uint8Array },
  failure: UploadFailure,
): void {
  if (json !== undefined) {
    const payload = Buffer.from(JSON.stringify(json));
    client.setHeader('Content-Type', 'application/json');
    client.setHeader('Content-Length', payload.byteLength);
    client.end(payload);
  } else if (body instanceof Uint8Array) {
    client.setHeader('Content-Length', body.byteLength);
    client.end(body);
  } else if (body === undefined) {
    if (method !== 'GET' && method !== 'HEAD') client.setHeader('Content-Length', 0);
    client.end();
  } else {
    stream(client, body, failure);
  }
}

function stream(client: http.ClientRequest, body: Readable, failure: UploadFailure): void {
  /** Whether the body flows; `false` once it is known that it will not. */
  let sending: boolean | undefined;

  // Before `pipeline` adds its own listeners: it would fail the request first, as if the Engine had.
  const failed = (error: Error) => {
    if (sending === false || client.destroyed) return;
    failure.error ??= error;
    client.destroy();
  };
  body.once('error', failed);
  body.once('close', () => {
    if (!body.readableEnded) failed(new Error('The source of the upload closed before its end.'));
  });

  const decide = (send: boolean) => {
    if (sending !== undefined) return;
    sending = send;
    clearTimeout(patience);
    if (send) pipeline(body, client, () => undefined);
    else body.destroy();
  };
  const patience = setTimeout(() => decide(true), PATIENCE_MS);
  client.once('continue', () => decide(true));
  client.once('response', (response) => {
    const accepted = (response.statusCode ?? 0) < 400;
    decide(accepted);
    // The Engine reads no more of it; the connection, half way through a body, is of no use to another request.
    if (!accepted) response.once('close', () => client.destroy());
  });
  client.once('close', () => decide(false));
  client.setHeader('Expect', '100-continue');
  client.flushHeaders();
}
