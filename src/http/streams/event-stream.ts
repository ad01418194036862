import { jsonText } from './json-text.ts';
import { keepAlive } from './keep-alive.ts';

export const EVENT_STREAM = 'text/event-stream';

export interface EventStreamOptions<M> {
  /** By which a client that comes back says how far it got; `null` for a message that is no such place. */
  readonly idOf?: (message: M) => string | null;
  /** The problem to end with, for an error of `items` and for an end from this side. */
  readonly problemOf: (error: unknown) => object;
  readonly signal: AbortSignal;
  readonly heartbeatMs?: number;
}

const RETRY_MS = 2_000;
const HEARTBEAT_MS = 15_000;
/** A comment, which clients skip. */
const BEAT = ':\n\n';

/**
 * Items as server-sent events, a message each; an array stands for several messages. An `end` event says that nothing more will
 * come, an `error` event why it broke off.
 */
export async function* eventStream<M extends object>(
  items: AsyncIterable<M | readonly M[]>,
  options: EventStreamOptions<M>,
): AsyncGenerator<string, void, undefined> {
  const { idOf, problemOf, signal, heartbeatMs = HEARTBEAT_MS } = options;
  yield `retry: ${RETRY_MS}\n\n`;
  try {
    for await (const item of keepAlive(items, heartbeatMs, null))
      yield item === null ? BEAT : events(item, idOf);
    if (!signal.aborted) yield 'event: end\ndata: {}\n\n';
    else yield failure(problemOf(signal.reason));
  } catch (error) {
    yield failure(problemOf(error));
  }
}

function events<M extends object>(item: M | readonly M[], idOf: EventStreamOptions<M>['idOf']): string {
  const { lines } = jsonText(item);
  if (idOf === undefined) return lines.map((line) => `data: ${line}\n\n`).join('');
  const messages = Array.isArray(item) ? (item as readonly M[]) : [item as M];
  return messages
    .map((message, index) => {
      const id = idOf(message);
      return `${id === null ? '' : `id: ${id}\n`}data: ${lines[index]}\n\n`;
    })
    .join('');
}

function failure(problem: object): string {
  return `event: error\ndata: ${JSON.stringify(problem)}\n\n`;
}
