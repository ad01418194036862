/** Work that is asked for often and done as seldom as possible: one round at a time, each for all that was asked for before it. */
export interface Coalesced<T> {
  /** Adds to the next round; resolves when that is done, rejects when it fails. */
  ask(add: (work: T) => void): Promise<void>;
  /** The last round that is known to be needed; `undefined` when nothing is to be done. */
  pending(): Promise<void> | undefined;
}

interface Round<T> {
  readonly work: T;
  readonly done: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** @param empty makes a round without work; `run` does a round's work. */
export function coalesced<T>(empty: () => T, run: (work: T) => Promise<void>): Coalesced<T> {
  let next: Round<T> | undefined;
  let running: Promise<void> | undefined;

  function begin(): void {
    const round = next;
    next = undefined;
    if (round === undefined) return;
    running = round.done;
    run(round.work)
      .then(round.resolve, round.reject)
      .finally(() => {
        running = undefined;
        begin();
      });
  }

  return {
    ask(add) {
      if (next === undefined) {
        next = newRound(empty());
        // What comes in the same turn joins the round.
        if (running === undefined) {
          queueMicrotask(() => {
            if (running === undefined) begin();
          });
        }
      }
      add(next.work);
      return next.done;
    },
    pending: () => next?.done ?? running,
  };
}

function newRound<T>(work: T): Round<T> {
  let resolve: () => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const done = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  // Events ask for rounds that nobody waits for.
  done.catch(() => undefined);
  return { work, done, resolve, reject };
}
