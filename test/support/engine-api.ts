import { request } from 'node:http';

/** What an Engine answered, with the body as it came. */
export interface EngineAnswer {
  readonly status: number;
  readonly body: Buffer;
}

/**
 * One request to an Engine's own API, independent of the code under test.
 * @param path below the root, such as `/containers/json?all=1`.
 * @param body sent as JSON; a Buffer is sent as a tar archive.
 */
export function engineRequest(
  socketPath: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<EngineAnswer> {
  const payload = body === undefined || Buffer.isBuffer(body) ? body : Buffer.from(JSON.stringify(body));
  const contentType = Buffer.isBuffer(body) ? 'application/x-tar' : 'application/json';
  const headers = payload ? { 'content-type': contentType, 'content-length': payload.length } : {};
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { socketPath, method, path, headers, host: 'engine', timeout: 60_000 },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('error', reject);
        incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, body: Buffer.concat(chunks) }));
      },
    );
    outgoing.on('timeout', () =>
      outgoing.destroy(new Error(`${method} ${path}: the Engine was silent for 60 s`)),
    );
    outgoing.on('error', reject);
    outgoing.end(payload);
  });
}

/**
 * As `engineRequest`, for calls that answer with JSON and are expected to succeed.
 * @throws Error with the Engine's own message on any status from 300 on.
 */
export async function engineJson<T>(
  socketPath: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<T> {
  const { status, body: answer } = await engineRequest(socketPath, method, path, body);
  if (status >= 300) throw new Error(`${method} ${path}: ${status} ${answer.toString()}`);
  return (answer.length > 0 ? JSON.parse(answer.toString()) : undefined) as T;
}
