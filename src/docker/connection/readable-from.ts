import { Readable } from 'node:stream';

/**
 * A stream of an iterable's bytes, read only as it is read from. Unlike `Readable.from`, it lets go of the iterable by `return()`
 * also when it is destroyed with an error: the iterable's owner decides what becomes of it, an incoming request for instance
 * that still has to be answered.
 */
export function readableFrom(source: AsyncIterable<Uint8Array>): Readable {
  const iterator = source[Symbol.asyncIterator]();
  let finished = false;
  return new Readable({
    read() {
      iterator.next().then(
        ({ done, value }) => {
          if (done) {
            finished = true;
            this.push(null);
          } else this.push(value);
        },
        (error: unknown) => {
          finished = true;
          this.destroy(error instanceof Error ? error : new Error(String(error)));
        },
      );
    },
    destroy(error, done) {
      if (finished || iterator.return === undefined) {
        done(error);
        return;
      }
      finished = true;
      // One that waits for its source answers when that moves; the stream is closed all the same.
      iterator.return().catch(() => undefined);
      done(error);
    },
  });
}
