import type { Readable } from 'node:stream';
import type { BodyContext } from '../connection/body.ts';
import { fromTransport } from '../connection/errors.ts';

export interface GatherOptions {
  /** How long bytes wait for more, in milliseconds. Default 2. */
  readonly forMs?: number;
  /** So many bytes do not wait. Default 64 KiB. */
  readonly upTo?: number;
}

/** So many times `upTo` are held for a slow reader before the Engine has to wait. */
const HELD = 4;

/**
 * The bytes of an answer in large pieces. The Engine sends a log line by line, and each piece costs its readers more than its
 * bytes do; but it must be taken from the connection at once, since the kernel holds few small pieces before the Engine has to
 * wait. Each piece belongs to the reader alone. Leaving the loop ends the request.
 *
 * @throws FairleadError ENGINE_UNREACHABLE when the answer is cut off; the signal's reason when it aborts
 */
export function gather(
  body: Readable,
  { where, signal }: BodyContext,
  { forMs = 2, upTo = 64 * 1024 }: GatherOptions = {},
): AsyncIterableIterator<Buffer> {
  let chunks: Buffer[] = [];
  let size = 0;
  const ready: Buffer[] = [];
  let waiter: PromiseWithResolvers<IteratorResult<Buffer>> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let outcome: { readonly error: unknown } | 'end' | undefined;

  function hand(): void {
    clearTimeout(timer);
    timer = undefined;
    if (size > 0) {
      const [only] = chunks;
      ready.push(chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, size));
    }
    chunks = [];
    size = 0;
    settle();
    if (ready.length > HELD) body.pause();
  }

  function settle(): void {
    if (waiter === undefined) return;
    const piece = ready.shift();
    if (piece !== undefined) waiter.resolve({ done: false, value: piece });
    else if (outcome === 'end') waiter.resolve({ done: true, value: undefined });
    else if (outcome !== undefined) waiter.reject(outcome.error);
    else return;
    waiter = undefined;
  }

  function finish(how: { readonly error: unknown } | 'end'): void {
    outcome ??= how;
    hand();
  }

  body.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.byteLength;
    if (size >= upTo) hand();
    else timer ??= setTimeout(hand, forMs);
  });
  body.once('end', () => finish('end'));
  body.once('error', (error) => finish({ error: failure(error) }));
  body.once('close', () => finish({ error: failure(new Error('the answer was cut off')) }));

  function failure(error: unknown): unknown {
    return signal?.aborted ? signal.reason : fromTransport(error, where);
  }

  const pieces: AsyncIterableIterator<Buffer> = {
    next() {
      waiter = withResolvers();
      const { promise } = waiter;
      settle();
      if (ready.length === 0 && body.isPaused()) body.resume();
      return promise;
    },
    async return() {
      clearTimeout(timer);
      body.destroy();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]: () => pieces,
  };
  return pieces;
}

interface PromiseWithResolvers<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

function withResolvers<T>(): PromiseWithResolvers<T> {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
