/**
 * The same items, and `beat` whenever there was none for so long: proxies cut connections that are silent.
 * Leaving the loop returns the source, which then waits for what it waits for: whoever leaves aborts it too.
 */
export async function* keepAlive<T, B>(
  source: AsyncIterable<T>,
  everyMs: number,
  beat: B,
): AsyncGenerator<T | B, void, undefined> {
  const iterator = source[Symbol.asyncIterator]();
  let done = false;
  try {
    for (;;) {
      const next = watch(iterator.next());
      while (!next.settled) {
        await next.settledOr(everyMs);
        if (!next.settled) yield beat;
      }
      const result = await next.promise;
      done = result.done === true;
      if (result.done === true) return;
      yield result.value;
    }
  } finally {
    if (!done) await iterator.return?.();
  }
}

interface Watched<T> {
  readonly promise: Promise<T>;
  readonly settled: boolean;
  /** Resolves when it has settled, and after so long at the latest. */
  settledOr(ms: number): Promise<void>;
}

/** Takes one reaction of the promise for any number of waits, of which a silent stream has many. */
function watch<T>(promise: Promise<T>): Watched<T> {
  let settled = false;
  let wake: (() => void) | undefined;
  const settle = () => {
    settled = true;
    wake?.();
  };
  promise.then(settle, settle);
  return {
    promise,
    get settled() {
      return settled;
    },
    settledOr: (ms) =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, ms);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
        if (settled) wake();
      }),
  };
}
