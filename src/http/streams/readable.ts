import { Readable } from 'node:stream';

export interface ReadableOptions {
  /** Why the stream ends, where ending early must not look like having come to the end. */
  readonly signal?: AbortSignal;
}

/** Chunks as a stream for `reply.send`, each taken when the network has room. The answer's headers leave at once. */
export function readableOf(
  chunks: AsyncIterable<Uint8Array | string>,
  { signal }: ReadableOptions = {},
): Readable {
  const iterator = chunks[Symbol.asyncIterator]();
  let begun = false;
  return new Readable({
    objectMode: true,
    highWaterMark: 1,
    read() {
      if (!begun) {
        // Fastify sends headers with the first chunk, and that of a followed log may be hours away.
        begun = true;
        this.push('');
        return;
      }
      iterator.next().then(
        ({ done, value }) => {
          if (done !== true) this.push(value);
          else if (signal?.aborted) this.destroy(asError(signal.reason));
          else this.push(null);
        },
        (error: unknown) => this.destroy(asError(error)),
      );
    },
    destroy(error, callback) {
      callback(error);
      // It ends when the exchange's signal has aborted what it waits for; there is nobody left to tell of a failure.
      iterator.return?.().then(undefined, () => undefined);
    },
  });
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
