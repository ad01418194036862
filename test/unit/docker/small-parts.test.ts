import { getEventListeners } from 'node:events';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { abortable } from '../../../src/docker/connection/abortable.ts';
import { createBackoff } from '../../../src/docker/connection/backoff.ts';
import { readableFrom } from '../../../src/docker/connection/readable-from.ts';
import { reference } from '../../../src/docker/connection/reference.ts';
import { older } from '../../../src/docker/connection/version.ts';
import { fileType, permissionBits } from '../../../src/docker/containers/file-mode.ts';
import { coalesced } from '../../../src/docker/streams/coalesced.ts';
import { createListeners } from '../../../src/docker/streams/listeners.ts';
import { mapBounded } from '../../../src/docker/streams/map-bounded.ts';

describe('a back-off', () => {
  it('doubles up to its limit', () => {
    const backoff = createBackoff({ initialMs: 100, maxMs: 5_000, jitter: 0 });
    expect([1, 2, 3, 6, 7, 1_000].map(backoff)).toEqual([100, 200, 400, 3_200, 5_000, 5_000]);
  });

  it('leaves as much to chance as it was told, and never more than the limit', () => {
    const at = (random: number) =>
      createBackoff({ initialMs: 100, maxMs: 150, jitter: 0.5, random: () => random });
    expect(at(0)(2)).toBe(150);
    expect(at(1)(2)).toBe(75);
  });
});

describe('coalesced work', () => {
  it('runs one round at a time, each for all that was asked for before it', async () => {
    const rounds: string[][] = [];
    let finish: (() => void)[] = [];
    const work = coalesced<string[]>(
      () => [],
      async (asked) => {
        rounds.push(asked);
        await new Promise<void>((resolve) => finish.push(resolve));
      },
    );
    const ask = (word: string) => work.ask((asked) => asked.push(word));
    const first = [ask('a'), ask('b')];
    await vi.waitFor(() => expect(rounds).toHaveLength(1));
    const second = [ask('c'), ask('d')];
    for (const one of finish.splice(0)) one();
    await Promise.all(first);
    await vi.waitFor(() => expect(rounds).toHaveLength(2));
    expect(work.pending()).toBeDefined();
    for (const one of finish) one();
    await Promise.all(second);
    finish = [];
    expect(rounds).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
    expect(work.pending()).toBeUndefined();
  });

  it('passes a failure on to those who asked for that round, and goes on with the next', async () => {
    let round = 0;
    const work = coalesced<null>(
      () => null,
      async () => {
        round += 1;
        if (round === 1) throw new Error('first');
      },
    );
    await expect(work.ask(() => undefined)).rejects.toThrow('first');
    await work.ask(() => undefined);
    expect(round).toBe(2);
  });
});

describe('mapBounded', () => {
  it('keeps the order, and never runs more than its limit', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat({ max: 3 }), { maxLength: 30 }),
        fc.integer({ min: 1, max: 5 }),
        async (items, limit) => {
          let running = 0;
          let most = 0;
          const results = await mapBounded(items, limit, async (item) => {
            running += 1;
            most = Math.max(most, running);
            for (let turn = 0; turn < item; turn += 1) await Promise.resolve();
            running -= 1;
            return item * 2;
          });
          expect(results).toEqual(items.map((item) => item * 2));
          expect(most).toBeLessThanOrEqual(limit);
        },
      ),
    );
  });

  it('begins nothing more after a failure, and throws it when what runs has ended', async () => {
    const begun: number[] = [];
    const done: number[] = [];
    const run = mapBounded([1, 2, 3, 4], 2, async (item) => {
      begun.push(item);
      if (item === 1) throw new Error('one');
      await new Promise((resolve) => setTimeout(resolve, 10));
      done.push(item);
    });
    await expect(run).rejects.toThrow('one');
    expect(begun).toEqual([1, 2]);
    expect(done).toEqual([2]);
  });
});

describe('abortable', () => {
  it('waits no longer than its signal, and leaves no listener on it', async () => {
    const controller = new AbortController();
    const never = new Promise<never>(() => undefined);
    const waiting = abortable(never, controller.signal);
    controller.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    await expect(abortable(Promise.resolve(1), controller.signal)).rejects.toThrow('enough');
    const quiet = new AbortController();
    expect(await abortable(Promise.resolve(2), quiet.signal)).toBe(2);
    await expect(abortable(Promise.reject(new Error('itself')), quiet.signal)).rejects.toThrow('itself');
    expect(getEventListeners(quiet.signal, 'abort')).toHaveLength(0);
    expect(await abortable(Promise.resolve(3), undefined)).toBe(3);
  });
});

describe('listeners', () => {
  it('are told in their order, each until it ends, the same function twice if it was added twice', () => {
    const told: string[] = [];
    const listeners = createListeners<string>();
    const note = (text: string) => void told.push(text);
    const end = listeners.add(note);
    listeners.add(note);
    listeners.tell('a');
    end();
    end();
    listeners.tell('b');
    expect(told).toEqual(['a', 'a', 'b']);
  });
});

describe('a stream of an iterable', () => {
  it('hands on every chunk, and reads only as it is read', async () => {
    let read = 0;
    async function* source() {
      for (let index = 0; index < 10_000; index += 1) {
        read += 1;
        yield Buffer.alloc(1024, index);
      }
    }
    const stream = readableFrom(source());
    let bytes = 0;
    for await (const chunk of stream) {
      bytes += (chunk as Buffer).byteLength;
      if (bytes === 1024) expect(read).toBeLessThan(100);
    }
    expect(bytes).toBe(10_000 * 1024);
  });

  it('lets go of the iterable by return() when it is destroyed, with an error too', async () => {
    for (const error of [undefined, new Error('engine')]) {
      const calls: string[] = [];
      const source: AsyncIterable<Uint8Array> = {
        [Symbol.asyncIterator]: () => ({
          next: async () => ({ done: false, value: Buffer.from('x') }),
          return: async () => {
            calls.push('return');
            return { done: true, value: undefined };
          },
          throw: async () => {
            calls.push('throw');
            return { done: true, value: undefined };
          },
        }),
      };
      const stream = readableFrom(source);
      stream.on('error', () => undefined);
      stream.once('data', () => stream.destroy(error));
      await new Promise((resolve) => stream.once('close', resolve));
      expect(calls).toEqual(['return']);
    }
  });

  it('fails with what the iterable throws', async () => {
    async function* source(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('x');
      throw new Error('source');
    }
    const stream = readableFrom(source());
    await expect(stream.toArray()).rejects.toThrow('source');
  });
});

const LETTERS = fc.constantFrom(...'aZ09_.-/ ?#%&=+:;@\\"\'\n\0üß漢');

describe('a reference', () => {
  it('is a name or an id, with or without the slash that the Engine puts before names', () => {
    for (const ref of ['web', 'web-1', 'a.b_c', '0123abcdef', 'A']) expect(reference(ref)).toBe(ref);
    expect(reference('/web')).toBe('web');
  });

  it('is nothing that would reach another route of the Engine', () => {
    const hostile = [
      '',
      '/',
      '..',
      '.',
      'x/../../version?',
      'json?all=1&x=',
      'a b',
      'a%2fb',
      '-a',
      'ü',
      'a\n',
      'a#b',
      '//a',
    ];
    for (const ref of [...hostile, 'x'.repeat(256)]) {
      expect(() => reference(ref), ref).toThrow(expect.objectContaining({ code: 'INVALID_REFERENCE' }));
    }
  });

  it('never lets a character through that means something in a URL', () => {
    fc.assert(
      fc.property(fc.string({ unit: LETTERS }), (text) => {
        let accepted: string;
        try {
          accepted = reference(text);
        } catch {
          return;
        }
        expect(encodeURIComponent(accepted)).toBe(accepted);
      }),
    );
  });
});

describe("Go's file modes", () => {
  it('are told apart by type, with the permission bits that chmod knows', () => {
    const cases: [number, string, number][] = [
      [0o644, 'file', 0o644],
      [2 ** 31 + 0o755, 'directory', 0o755],
      [2 ** 31 + 2 ** 20 + 0o777, 'directory', 0o1777],
      [2 ** 27 + 0o777, 'symlink', 0o777],
      [2 ** 23 + 0o755, 'file', 0o4755],
      [2 ** 22 + 0o755, 'file', 0o2755],
      [2 ** 26 + 2 ** 21 + 0o666, 'other', 0o666],
      [2 ** 25 + 0o600, 'other', 0o600],
      [2 ** 24 + 0o600, 'other', 0o600],
    ];
    for (const [mode, type, permissions] of cases) {
      expect([fileType(mode), permissionBits(mode)]).toEqual([type, permissions]);
    }
  });
});

describe('API versions', () => {
  it('are compared number by number', () => {
    expect(older('1.9', '1.41')).toBe(true);
    expect(older('1.41', '1.9')).toBe(false);
    expect(older('1.45', '1.45')).toBe(false);
    expect(older('1.99', '2.0')).toBe(true);
  });
});
