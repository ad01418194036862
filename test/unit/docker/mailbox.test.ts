import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bounded, latest, type Mailbox } from '../../../src/docker/streams/mailbox.ts';
import { type Gap, isGap } from '../../../src/domain/gap.ts';

function drain<T, R>(mailbox: Mailbox<T, R>): R[] {
  const items: R[] = [];
  for (let taken = mailbox.take(); taken !== undefined; taken = mailbox.take()) items.push(taken.item);
  return items;
}

describe('the latest policy', () => {
  it('hands out the newest value only, and each at most once', () => {
    const mailbox = latest<number>()();
    mailbox.push(1);
    mailbox.push(2);
    expect(drain(mailbox)).toEqual([2]);
    mailbox.push(3);
    expect(drain(mailbox)).toEqual([3]);
  });

  it('hands out undefined as a value', () => {
    const mailbox = latest<undefined>()();
    mailbox.push(undefined);
    expect(mailbox.take()).toEqual({ item: undefined });
    expect(mailbox.take()).toBeUndefined();
  });
});

describe('the bounded policy', () => {
  it('drops the oldest and tells how many items and bytes are missing in their place', () => {
    const dropped: number[] = [];
    const mailbox = bounded<string>({
      maxItems: 2,
      sizeOf: (text) => text.length,
      onDrop: (bytes) => dropped.push(bytes),
    })();
    for (const text of ['a', 'bb', 'ccc', 'dddd']) mailbox.push(text);
    expect(drain(mailbox)).toEqual([{ gap: { items: 2, bytes: 3 } }, 'ccc', 'dddd']);
    expect(dropped).toEqual([1, 2]);
  });

  it('keeps the newest item even if it alone is larger than the bound', () => {
    const mailbox = bounded<string>({ maxItems: 10, maxBytes: 3, sizeOf: (text) => text.length })();
    mailbox.push('ab');
    mailbox.push('abcdef');
    expect(drain(mailbox)).toEqual([{ gap: { items: 1, bytes: 2 } }, 'abcdef']);
  });

  it('refuses a bound that would keep nothing', () => {
    expect(() => bounded({ maxItems: 0 })).toThrow(RangeError);
    expect(() => bounded({ maxItems: Number.NaN })).toThrow(RangeError);
  });

  it('never reorders, never loses without a gap, and stays within its bounds, whatever the interleaving', () => {
    const size = (value: number) => value % 7;
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 20 }),
        fc.array(fc.oneof({ weight: 3, arbitrary: fc.constant('push') }, fc.constant('take')), {
          maxLength: 200,
        }),
        (maxItems, maxBytes, steps) => {
          let drops = 0;
          const mailbox = bounded<number>({ maxItems, maxBytes, sizeOf: size, onDrop: () => (drops += 1) })();
          const read: (number | Gap)[] = [];
          let pushed = 0;
          for (const step of steps) {
            if (step === 'push') mailbox.push(pushed++);
            else {
              const taken = mailbox.take();
              if (taken !== undefined) read.push(taken.item);
            }
          }
          const rest = drain(mailbox);
          const waiting = rest.filter((item) => !isGap(item)).map(Number);
          expect(waiting.length).toBeLessThanOrEqual(maxItems);
          if (waiting.length > 1) {
            expect(waiting.reduce((sum, value) => sum + size(value), 0)).toBeLessThanOrEqual(maxBytes);
          }
          // Laid end to end, values and gaps are exactly what was pushed.
          let next = 0;
          let gaps = 0;
          for (const item of [...read, ...rest]) {
            if (isGap(item)) {
              let bytes = 0;
              for (let lost = 0; lost < item.gap.items; lost += 1) bytes += size(next++);
              expect(item.gap.bytes).toBe(bytes);
              expect(item.gap.items).toBeGreaterThan(0);
              gaps += item.gap.items;
            } else expect(item).toBe(next++);
          }
          expect(next).toBe(pushed);
          expect(gaps).toBe(drops);
        },
      ),
    );
  });

  it('takes a hundred thousand items in time that grows with their number only', () => {
    const mailbox = bounded<number>({ maxItems: 100_000 })();
    for (let value = 0; value < 200_000; value += 1) mailbox.push(value);
    const items = drain(mailbox);
    expect(items).toHaveLength(100_001);
    expect(items[0]).toEqual({ gap: { items: 100_000, bytes: 0 } });
    expect(items.at(-1)).toBe(199_999);
  });
});
