import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { waitFor } from './wait-for.ts';

export interface ProcessClientOptions {
  readonly protocols?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Keep all output, or only count and hash it. Default: keep. */
  readonly keep?: boolean;
  readonly autoPong?: boolean;
}

/** A client of a process's WebSocket, in either framing. */
export interface ProcessClient {
  readonly ws: WebSocket;
  /** Stdin; in the framing that was agreed on. */
  input(data: string | Buffer): void;
  endInput(): void;
  resize(rows: number, cols: number): void;
  /** All output of a channel so far; without channels, all is 1. */
  bytes(channel?: number): Buffer;
  text(channel?: number): string;
  readonly received: number;
  /** SHA-256 of all output on channel 1. */
  sha256(): string;
  /** The final status on channel 3. */
  status(): unknown;
  /** Waits until the output holds this text. */
  until(text: string | RegExp, timeoutMs?: number): Promise<string>;
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  /** Drops the connection without a word. */
  vanish(): void;
}

/** Opens a WebSocket. @throws Error when the upgrade is refused */
export async function processClient(url: string, options: ProcessClientOptions = {}): Promise<ProcessClient> {
  const { protocols = [], headers = {}, keep = true, autoPong = true } = options;
  const ws = new WebSocket(url.replace(/^http/, 'ws'), [...protocols], { headers, autoPong });
  const output = new Map<number, Buffer[]>();
  const hash = createHash('sha256');
  const framed = () => ws.protocol !== '';
  let received = 0;

  ws.on('message', (data: Buffer) => {
    const channel = framed() ? (data[0] ?? -1) : 1;
    const bytes = framed() ? data.subarray(1) : data;
    if (channel === 1) {
      hash.update(bytes);
      received += bytes.byteLength;
    }
    if (keep || channel === 3) output.set(channel, [...(output.get(channel) ?? []), bytes]);
  });
  const closed = once(ws, 'close').then(([code, reason]) => ({
    code: code as number,
    reason: String(reason),
  }));
  // That an upgrade is refused, 'open' tells.
  closed.catch(() => undefined);
  await once(ws, 'open');

  const bytes = (channel = 1) => Buffer.concat(output.get(channel) ?? []);
  const text = (channel = 1) => bytes(channel).toString();
  return {
    ws,
    input(data) {
      const payload = Buffer.from(data);
      ws.send(framed() ? Buffer.concat([Buffer.of(0), payload]) : payload);
    },
    endInput: () => ws.send(Buffer.of(255, 0)),
    resize: (rows, cols) =>
      ws.send(Buffer.concat([Buffer.of(4), Buffer.from(JSON.stringify({ Width: cols, Height: rows }))])),
    bytes,
    text,
    get received() {
      return received;
    },
    sha256: () => hash.copy().digest('hex'),
    status: () => JSON.parse(text(3)) as unknown,
    async until(wanted, timeoutMs = 10_000) {
      const found = () => (typeof wanted === 'string' ? text().includes(wanted) : wanted.test(text()));
      try {
        await waitFor(found, { what: `the output to hold ${String(wanted)}`, timeoutMs });
      } catch (cause) {
        throw new Error(`The output ends with ${JSON.stringify(text().slice(-500))}`, { cause });
      }
      return text();
    },
    closed,
    vanish: () => ws.terminate(),
  };
}
