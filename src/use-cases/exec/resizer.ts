import type { TerminalSize } from '../../domain/exec.ts';

export interface Resizer {
  /**
   * Gives the terminal this size. One call runs at a time; of those that come meanwhile only the newest is carried out, and all
   * of them resolve with it.
   */
  resize(size: TerminalSize): Promise<void>;
  /** The size asked for last. */
  readonly size: TerminalSize | null;
  /** From now on, and for what waits, `resize` rejects with this. */
  stop(error: Error): void;
}

interface Wish {
  size: TerminalSize;
  readonly done: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Someone who drags the corner of a window asks for many sizes a second, and an Engine takes 40 ms for each. */
export function createResizer(
  apply: (size: TerminalSize) => Promise<void>,
  initial: TerminalSize | null = null,
): Resizer {
  let size = initial;
  let current: Wish | null = null;
  let next: Wish | null = null;
  let stopped: Error | null = null;

  async function run(): Promise<void> {
    while (next !== null) {
      current = next;
      next = null;
      await apply(current.size).then(current.resolve, current.reject);
    }
    current = null;
  }

  return {
    resize(wanted) {
      if (stopped !== null) return Promise.reject(stopped);
      size = wanted;
      if (next !== null) {
        next.size = wanted;
        return next.done;
      }
      const wish = createWish(wanted);
      next = wish;
      if (current === null) void run();
      return wish.done;
    },
    get size() {
      return size;
    },
    stop(error) {
      stopped = error;
      current?.reject(error);
      next?.reject(error);
      next = null;
    },
  };
}

function createWish(size: TerminalSize): Wish {
  let resolve: Wish['resolve'] = () => undefined;
  let reject: Wish['reject'] = () => undefined;
  const done = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { size, done, resolve, reject };
}
