import { getEventListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createHub, type Hub } from '../../../src/docker/streams/hub.ts';
import { bounded, latest } from '../../../src/docker/streams/mailbox.ts';
import { waitFor } from '../../support/wait-for.ts';

/** An upstream that a test feeds by hand. */
class Source {
  readonly opened: string[] = [];
  readonly closed: string[] = [];
  #queue: (() => IteratorResult<number>)[] = [];
  #wake: (() => void) | undefined;

  readonly open = (key: string, signal: AbortSignal): AsyncIterable<number> => {
    this.opened.push(key);
    const next = async (): Promise<IteratorResult<number>> => {
      for (;;) {
        const step = this.#queue.shift();
        if (step !== undefined) return step();
        if (signal.aborted) {
          this.closed.push(key);
          return { done: true, value: undefined };
        }
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
          signal.addEventListener('abort', () => resolve(), { once: true });
        });
      }
    };
    return { [Symbol.asyncIterator]: () => ({ next }) };
  };

  #push(step: () => IteratorResult<number>): void {
    this.#queue.push(step);
    this.#wake?.();
  }
  emit(...values: number[]): void {
    for (const value of values) this.#push(() => ({ done: false, value }));
  }
  end(): void {
    this.#push(() => ({ done: true, value: undefined }));
  }
  fail(error: unknown): void {
    this.#push(() => {
      throw error;
    });
  }
  /** Resolves when the hub has taken all that was emitted. */
  drained(): Promise<unknown> {
    return waitFor(() => this.#queue.length === 0, {
      what: 'the hub to take what was emitted',
      intervalMs: 1,
    }).then(() => delay(1));
  }
}

const all = bounded<number>({ maxItems: 1000 });

async function take<R>(iterable: AsyncIterableIterator<R>, count: number): Promise<R[]> {
  const items: R[] = [];
  while (items.length < count) {
    const { done, value } = await iterable.next();
    if (done) break;
    items.push(value);
  }
  return items;
}

const ended = (hub: Hub<number>) =>
  waitFor(() => hub.upstreams === 0, { what: 'the upstreams to end', intervalMs: 1 });

describe('a hub', () => {
  it('opens one upstream for all readers of a key and gives each of them every value in order', async () => {
    const source = new Source();
    const hub = createHub({ open: source.open, lingerMs: 0 });
    const readers = Array.from({ length: 50 }, () => hub.subscribe('a', all));
    source.emit(1, 2, 3);
    for (const reader of readers) expect(await take(reader, 3)).toEqual([1, 2, 3]);
    expect(source.opened).toEqual(['a']);
    expect(hub.subscribers('a')).toBe(50);
    await hub.close();
  });

  it('opens an upstream of its own for each key', async () => {
    const source = new Source();
    const hub = createHub({ open: source.open, lingerMs: 0 });
    hub.subscribe('a', all);
    hub.subscribe('b', all);
    await waitFor(() => source.opened.length === 2, { what: 'both to open' });
    expect(source.opened).toEqual(['a', 'b']);
    await hub.close();
    expect(source.closed).toHaveLength(2);
  });

  it('misses nothing between subscribing and reading', async () => {
    const source = new Source();
    const hub = createHub({ open: source.open, lingerMs: 0 });
    const reader = hub.subscribe('a', all);
    source.emit(1, 2);
    await source.drained();
    expect(await take(reader, 2)).toEqual([1, 2]);
    await hub.close();
  });

  it('gives a slow reader gaps or the newest value, and a fast one everything, at the same time', async () => {
    const source = new Source();
    const hub = createHub({ open: source.open, lingerMs: 0 });
    const fast = hub.subscribe('a', all);
    const gaps = hub.subscribe('a', bounded<number>({ maxItems: 2 }));
    const newest = hub.subscribe('a', latest<number>());
    source.emit(1, 2, 3, 4, 5);
    await source.drained();
    expect(await take(fast, 5)).toEqual([1, 2, 3, 4, 5]);
    expect(await take(gaps, 3)).toEqual([{ gap: { items: 3, bytes: 0 } }, 4, 5]);
    expect(await take(newest, 1)).toEqual([5]);
    await hub.close();
  });

  it('ends the upstream once the last reader has left and the linger is over', async () => {
    const source = new Source();
    const hub = createHub({ open: source.open, lingerMs: 20 });
    const reader = hub.subscribe('a', all);
    source.emit(1);
    for await (const value of reader) {
      expect(value).toBe(1);
      break;
    }
    expect(hub.subscribers('a')).toBe(0);
    expect(source.closed).toEqual([]);
    await ended(hub);
    expect(source.closed).toEqual(['a']);
  });

  it('keeps the upstream of one who comes back within the linger', async () => {
    const source = new Source();
    const hub = createHub({ open: source.open, lingerMs: 50 });
    const first = hub.subscribe('a', all);
    await first.return();
    const second = hub.subscribe('a', all);
    await delay(80);
    source.emit(1);
    expect(await take(second, 1)).toEqual([1]);
    expect(source.opened).toEqual(['a']);
    await hub.close();
  });

  it('opens the upstream anew for one who comes after the linger', async () => {
    const source = new Source();
    const hub = createHub({ open: source.open, lingerMs: 0 });
    await hub.subscribe('a', all).return();
    await ended(hub);
    const reader = hub.subscribe('a', all);
    source.emit(7);
    expect(await take(reader, 1)).toEqual([7]);
    expect(source.opened.length).toBeGreaterThan(0);
    await hub.close();
  });

  it('starts a late reader with the last value if it asks for it', async () => {
    const source = new Source();
    const hub = createHub({ open: source.open, lingerMs: 0 });
    const first = hub.subscribe('a', all);
    source.emit(1, 2);
    await take(first, 2);
    const late = hub.subscribe('a', latest<number>(), { withLast: true });
    const later = hub.subscribe('a', latest<number>());
    expect(await take(late, 1)).toEqual([2]);
    source.emit(3);
    expect(await take(later, 1)).toEqual([3]);
    await hub.close();
  });

  it('passes a failure on to every reader, after what came before it', async () => {
    const source = new Source();
    const hub = createHub({ open: source.open, lingerMs: 0 });
    const readers = [hub.subscribe('a', all), hub.subscribe('a', latest<number>())];
    source.emit(1);
    source.fail(new Error('broken'));
    for (const reader of readers) {
      expect(await take(reader, 1)).toEqual([1]);
      await expect(reader.next()).rejects.toThrow('broken');
      expect(await reader.next()).toEqual({ done: true, value: undefined });
    }
    expect(hub.upstreams).toBe(0);
  });

  it('ends every loop when the upstream ends, and opens it anew for the next reader', async () => {
    const source = new Source();
    const hub = createHub({ open: source.open, lingerMs: 0 });
    const reader = hub.subscribe('a', all);
    source.emit(1);
    source.end();
    expect(await take(reader, 9)).toEqual([1]);
    hub.subscribe('a', all);
    await waitFor(() => source.opened.length === 2, { what: 'a second upstream' });
    await hub.close();
  });

  it('opens a failed upstream anew as its policy says, and gives up when the policy does', async () => {
    const source = new Source();
    const attempts: [string, number][] = [];
    const hub = createHub({
      open: source.open,
      lingerMs: 0,
      reopen: (error, attempt) => {
        attempts.push([error instanceof Error ? error.message : 'end', attempt]);
        return attempt < 3 ? 1 : null;
      },
    });
    const reader = hub.subscribe('a', all);
    source.emit(1);
    source.fail(new Error('first'));
    expect(await take(reader, 1)).toEqual([1]);
    await waitFor(() => source.opened.length === 2, { what: 'the second upstream' });
    source.end();
    await waitFor(() => source.opened.length === 3, { what: 'the third upstream' });
    source.emit(2);
    expect(await take(reader, 1)).toEqual([2]);
    for (const word of ['x', 'y', 'z']) {
      source.fail(new Error(word));
      await source.drained();
    }
    await expect(reader.next()).rejects.toThrow('z');
    expect(attempts).toEqual([
      ['first', 1],
      ['end', 2],
      ['x', 1],
      ['y', 2],
      ['z', 3],
    ]);
  });

  it('passes on what its own policy throws instead of leaving the readers waiting', async () => {
    const source = new Source();
    const hub = createHub({
      open: source.open,
      lingerMs: 0,
      reopen: () => {
        throw new Error('policy');
      },
    });
    const reader = hub.subscribe('a', all);
    source.end();
    await expect(reader.next()).rejects.toThrow('policy');
  });

  it('stops waiting to open anew when the last reader leaves', async () => {
    const source = new Source();
    const hub = createHub({ open: source.open, lingerMs: 0, reopen: () => 60_000 });
    const reader = hub.subscribe('a', all);
    source.fail(new Error('down'));
    await source.drained();
    await reader.return();
    await ended(hub);
    expect(source.opened).toEqual(['a']);
  });

  it('ends a reader without an error when its signal aborts, also while it waits, and leaves no listener', async () => {
    const source = new Source();
    const hub = createHub({ open: source.open, lingerMs: 0 });
    const controller = new AbortController();
    const reader = hub.subscribe('a', all, { signal: controller.signal });
    const waiting = reader.next();
    controller.abort();
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
    await ended(hub);
    expect(source.closed).toEqual(['a']);
  });

  it('opens nothing for a reader that had given up before', async () => {
    const source = new Source();
    const hub = createHub({ open: source.open, lingerMs: 0 });
    const reader = hub.subscribe('a', all, { signal: AbortSignal.abort() });
    expect(await reader.next()).toEqual({ done: true, value: undefined });
    expect(source.opened).toEqual([]);
  });

  it('answers several reads that wait at once in their order', async () => {
    const source = new Source();
    const hub = createHub({ open: source.open, lingerMs: 0 });
    const reader = hub.subscribe('a', all);
    const reads = [reader.next(), reader.next(), reader.next()];
    source.emit(1, 2);
    source.end();
    expect(await Promise.all(reads)).toEqual([
      { done: false, value: 1 },
      { done: false, value: 2 },
      { done: true, value: undefined },
    ]);
  });

  it('ends all readers and upstreams when it closes, and takes no more', async () => {
    const source = new Source();
    const hub = createHub({ open: source.open, lingerMs: 10_000 });
    const reader = hub.subscribe('a', all);
    const waiting = reader.next();
    await hub.subscribe('b', all).return();
    await hub.close();
    expect(await waiting).toEqual({ done: true, value: undefined });
    expect(hub.upstreams).toBe(0);
    expect(source.closed.length).toBe(source.opened.length);
    expect(() => hub.subscribe('a', all)).toThrow(expect.objectContaining({ code: 'SHUTTING_DOWN' }));
  });

  it('leaves nothing behind after a thousand rounds of joining and leaving', async () => {
    const source = new Source();
    const hub = createHub({ open: source.open, lingerMs: 0 });
    const controller = new AbortController();
    for (let round = 0; round < 1000; round += 1) {
      const reader = hub.subscribe(`key ${round % 10}`, all, { signal: controller.signal });
      if (round % 2 === 0) await reader.return();
      else {
        const waiting = reader.next();
        await reader.return();
        expect((await waiting).done).toBe(true);
      }
    }
    await ended(hub);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
    expect(source.closed.length).toBe(source.opened.length);
  });
});
