import { once } from 'node:events';
import type { WebSocket } from 'ws';
import { waitFor } from './wait-for.ts';

/** A server-sent event as it came. */
export interface ServerSentEvent {
  readonly event: string;
  readonly id: string | undefined;
  readonly data: string;
}

/** The events of an answer; comments and `retry` are left out. Leaving the loop lets go of the answer. */
export async function* eventsOf(response: Response): AsyncGenerator<ServerSentEvent, void, undefined> {
  for await (const block of blocksOf(response, '\n\n')) {
    const fields = new Map(
      block
        .split('\n')
        .map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
    );
    const data = fields.get('data');
    if (data !== undefined) yield { event: fields.get('event') ?? 'message', id: fields.get('id'), data };
  }
}

/** The values of an answer of JSON lines. */
export async function* jsonOf<T>(response: Response): AsyncGenerator<T, void, undefined> {
  for await (const line of blocksOf(response, '\n')) yield JSON.parse(line) as T;
}

async function* blocksOf(response: Response, end: string): AsyncGenerator<string, void, undefined> {
  if (response.body === null) throw new Error(`${response.status} without a body`);
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    const blocks = text.split(end);
    text = blocks.pop() ?? '';
    yield* blocks;
  }
}

/** The first so many items; lets go of the rest. */
export async function take<T>(items: AsyncIterable<T>, count: number): Promise<T[]> {
  const taken: T[] = [];
  if (count === 0) return taken;
  for await (const item of items) {
    taken.push(item);
    if (taken.length === count) break;
  }
  return taken;
}

/** A WebSocket of JSON messages, and what it was told. */
export interface MessageSocket<T> extends AsyncDisposable {
  readonly ws: WebSocket;
  readonly messages: readonly T[];
  /** How it was closed; pending while it is open. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  /** Waits until so many messages have come. */
  received(count: number, timeoutMs?: number): Promise<readonly T[]>;
}

/** Waits until a socket is open and keeps all that comes. */
export async function messagesOf<T>(ws: WebSocket): Promise<MessageSocket<T>> {
  const messages: T[] = [];
  ws.on('message', (data: Buffer) => messages.push(JSON.parse(data.toString()) as T));
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    ws.once('close', (code, reason) => resolve({ code, reason: reason.toString() }));
  });
  await once(ws, 'open');
  return {
    ws,
    messages,
    closed,
    received: async (count, timeoutMs = 10_000) => {
      await waitFor(() => messages.length >= count, { what: `${count} messages`, timeoutMs });
      return messages;
    },
    async [Symbol.asyncDispose]() {
      if (ws.readyState === ws.CLOSED) return;
      ws.terminate();
      await closed;
    },
  };
}
