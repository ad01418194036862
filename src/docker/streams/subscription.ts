import type { Mailbox } from './mailbox.ts';

/**
 * One reader of a shared stream. It is attached from the moment it is made, whether or not it is being read; it detaches when
 * its loop is left, on `return()`, when its signal aborts, and when the stream ends.
 */
export interface Subscription<R> extends AsyncIterableIterator<R> {
  return(): Promise<IteratorResult<R>>;
}

/** The side that feeds a subscription. */
export interface Feed<T> {
  push(value: T): void;
  /** After what waits has been read, the reader's loop ends. */
  end(): void;
  /** After what waits has been read, the reader's loop throws. */
  fail(error: unknown): void;
}

interface Waiter<R> {
  resolve(result: IteratorResult<R>): void;
  reject(error: unknown): void;
}

type Outcome = { readonly kind: 'end' } | { readonly kind: 'failure'; readonly error: unknown };

/**
 * Joins a mailbox and a reader. Aborting `signal` ends the reader's loop without an error and at once, whatever waits.
 * `onLeave` is called exactly once, when the reader is gone for good.
 */
export function subscription<T, R>(
  mailbox: Mailbox<T, R>,
  onLeave: () => void,
  signal?: AbortSignal,
): { readonly reader: Subscription<R>; readonly feed: Feed<T> } {
  const waiters: Waiter<R>[] = [];
  let outcome: Outcome | undefined;
  let left = false;

  function leave(): void {
    if (left) return;
    left = true;
    signal?.removeEventListener('abort', leave);
    for (const waiter of waiters.splice(0)) waiter.resolve({ done: true, value: undefined });
    onLeave();
  }

  function settle(): void {
    while (waiters.length > 0) {
      const taken = mailbox.take();
      if (taken !== undefined) waiters.shift()?.resolve({ done: false, value: taken.item });
      else if (outcome === undefined) return;
      else {
        const waiter = waiters.shift();
        if (outcome.kind === 'failure') waiter?.reject(outcome.error);
        leave();
        if (outcome.kind === 'end') waiter?.resolve({ done: true, value: undefined });
      }
    }
  }

  function finish(how: Outcome): void {
    if (left || outcome !== undefined) return;
    outcome = how;
    settle();
  }

  const reader: Subscription<R> = {
    next() {
      return new Promise((resolve, reject) => {
        if (left) {
          resolve({ done: true, value: undefined });
          return;
        }
        waiters.push({ resolve, reject });
        settle();
      });
    },
    async return() {
      leave();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return reader;
    },
  };
  const feed: Feed<T> = {
    push(value) {
      if (left || outcome !== undefined) return;
      mailbox.push(value);
      settle();
    },
    end: () => finish({ kind: 'end' }),
    fail: (error) => finish({ kind: 'failure', error }),
  };

  if (signal?.aborted) leave();
  else signal?.addEventListener('abort', leave, { once: true });
  return { reader, feed };
}
