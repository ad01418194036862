import type { Readable } from 'node:stream';
import { asFairleadError, toProblem } from '../problem.ts';
import type { Exchange, RouteSchema } from '../route.ts';
import { type EVENT_STREAM, type EventStreamOptions, eventStream } from './event-stream.ts';
import { NDJSON, ndjson } from './ndjson.ts';
import { readableOf } from './readable.ts';

type StreamExchange = Pick<Exchange<RouteSchema>, 'request' | 'reply' | 'signal'>;

/**
 * Answers with messages as they come, as `text/event-stream` or `application/x-ndjson`. An array stands for several messages.
 * `items` ends when the exchange's signal aborts.
 */
export function answerMessages<M extends object>(
  exchange: StreamExchange,
  type: typeof EVENT_STREAM | typeof NDJSON,
  items: AsyncIterable<M | readonly M[]>,
  idOf?: EventStreamOptions<M>['idOf'],
): Readable {
  const { request, signal } = exchange;
  const problemOf = (error: unknown) => {
    const known = asFairleadError(error);
    // The client that went away is the only other reason to be here, and reads nothing any more.
    if (known.kind === 'internal' && !signal.aborted) request.log.error({ err: error }, 'a stream failed');
    return toProblem(known, request);
  };
  const options = { problemOf, signal };
  const chunks =
    type === NDJSON
      ? ndjson(items, options)
      : eventStream(items, idOf === undefined ? options : { ...options, idOf });
  return answerBytes(exchange, type, chunks);
}

/**
 * Answers with bytes as they come, no faster than the client takes them. An error of `chunks` cuts the answer off, and so does,
 * with `whole`, an end from this side.
 */
export function answerBytes(
  { reply, signal }: StreamExchange,
  contentType: string,
  chunks: AsyncIterable<Uint8Array | string>,
  { whole = false }: { readonly whole?: boolean } = {},
): Readable {
  reply
    .header('Content-Type', contentType.startsWith('text/') ? `${contentType}; charset=utf-8` : contentType)
    .header('Cache-Control', 'no-store')
    // Proxies that gather an answer before they pass it on would hold back what is live.
    .header('X-Accel-Buffering', 'no');
  return readableOf(chunks, whole ? { signal } : {});
}
