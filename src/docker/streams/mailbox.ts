import type { Gap } from '../../domain/gap.ts';

/** What waits for one subscriber: bounded, so that a slow reader costs a known amount of memory. */
export interface Mailbox<T, R> {
  /** Takes a value in; never waits, never throws. */
  push(value: T): void;
  /** Hands the oldest waiting item out; `undefined` when nothing waits. */
  take(): { readonly item: R } | undefined;
}

/** Makes the mailbox of a new subscriber: decides what a reader gets who is slower than the stream. */
export type Policy<T, R> = () => Mailbox<T, R>;

/** A slow reader gets the newest value only. For values that replace one another, such as samples. */
export function latest<T>(): Policy<T, T> {
  return () => {
    let waiting: { readonly item: T } | undefined;
    return {
      push(value) {
        waiting = { item: value };
      },
      take() {
        const taken = waiting;
        waiting = undefined;
        return taken;
      },
    };
  };
}

export interface BoundedOptions<T> {
  readonly maxItems: number;
  /** Counted with `sizeOf`. Default: no bound. */
  readonly maxBytes?: number;
  /** Bytes of an item. Default 0. */
  readonly sizeOf?: (value: T) => number;
  /** Called for each item dropped, with its bytes. Must not throw. */
  readonly onDrop?: (bytes: number) => void;
}

/**
 * A slow reader loses the oldest items, and reads one gap record in the place of all that were dropped there. The newest item
 * always stays, so that one larger than `maxBytes` still comes through.
 */
export function bounded<T>(options: BoundedOptions<T>): Policy<T, T | Gap> {
  const { maxItems, maxBytes = Number.POSITIVE_INFINITY, sizeOf = () => 0, onDrop } = options;
  if (!(maxItems >= 1)) throw new RangeError('bounded() keeps at least one item');
  return () => {
    const queue = new Fifo<{ readonly item: T; readonly bytes: number }>();
    let bytes = 0;
    let lost = { items: 0, bytes: 0 };
    return {
      push(value) {
        const size = sizeOf(value);
        queue.push({ item: value, bytes: size });
        bytes += size;
        while (queue.length > 1 && (queue.length > maxItems || bytes > maxBytes)) {
          const dropped = queue.shift();
          if (dropped === undefined) return;
          bytes -= dropped.bytes;
          lost = { items: lost.items + 1, bytes: lost.bytes + dropped.bytes };
          onDrop?.(dropped.bytes);
        }
      },
      take() {
        if (lost.items > 0) {
          const gap = lost;
          lost = { items: 0, bytes: 0 };
          return { item: { gap } };
        }
        const next = queue.shift();
        if (next === undefined) return undefined;
        bytes -= next.bytes;
        return { item: next.item };
      },
    };
  };
}

/** A queue whose `shift` costs the same however long it is, which that of an array does not. */
class Fifo<T> {
  #items: (T | undefined)[] = [];
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T | undefined {
    if (this.length === 0) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head] = undefined;
    this.#head += 1;
    if (this.#head > 1024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }
}
