import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keepEnds, type SharedLines } from '../../src/docker/logs/log-mailbox.ts';
import type { LogGap } from '../../src/domain/log-line.ts';

let made = 0;
function lines(count: number, bytes = count): SharedLines {
  made += 1;
  const one = { stream: 'stdout' as const, time: '', line: String(made) };
  return { lines: Array.from({ length: count }, () => one), bytes };
}

function drain(mailbox: { take(): { readonly item: SharedLines | LogGap } | undefined }) {
  const items: (SharedLines | LogGap)[] = [];
  for (let taken = mailbox.take(); taken !== undefined; taken = mailbox.take()) items.push(taken.item);
  return items;
}

describe('what waits for a reader of a log', () => {
  it('is kept as it came when it is little', () => {
    const mailbox = keepEnds({ maxLines: 10, maxBytes: 100 })();
    const came = [lines(3), lines(4), lines(3)];
    for (const more of came) mailbox.push(more);
    expect(drain(mailbox)).toEqual(came);
  });

  it('keeps the first and the newest, and tells with one gap what was between them', () => {
    const mailbox = keepEnds({ maxLines: 10, maxBytes: 100 })();
    const came = Array.from({ length: 6 }, () => lines(4, 8));
    for (const more of came) mailbox.push(more);
    // The first 4 lines are less than half of 10, and the newest 4 are what fits beside them.
    expect(drain(mailbox)).toEqual([came[0], { gap: { lines: 16, bytes: 32 } }, came[5]]);
    expect(mailbox.take()).toBeUndefined();
  });

  it('is bounded by bytes too, but takes one piece whatever its size', () => {
    const mailbox = keepEnds({ maxLines: 1_000, maxBytes: 100 })();
    const came = [lines(1, 5_000), lines(1, 7), lines(1, 6_000)];
    for (const more of came) mailbox.push(more);
    expect(drain(mailbox)).toEqual([came[0], { gap: { lines: 1, bytes: 7 } }, came[2]]);
  });

  it('is in order, bounded, and complete with its gaps, however it is read', () => {
    const steps = fc.array(fc.oneof(fc.integer({ min: 1, max: 6 }), fc.constant('take' as const)), {
      maxLength: 200,
    });
    fc.assert(
      fc.property(steps, (all) => {
        const mailbox = keepEnds({ maxLines: 20, maxBytes: 1_000 })();
        let pushed = 0;
        let seen = 0;
        let newest: SharedLines | undefined;
        let last: SharedLines | LogGap | undefined;
        const read = (item: SharedLines | LogGap) => {
          if ('lines' in item) expect(item.bytes).toBe(seen);
          seen += 'lines' in item ? item.lines.length : item.gap.lines;
          last = item;
        };
        for (const step of all) {
          if (step === 'take') {
            const taken = mailbox.take();
            if (taken !== undefined) read(taken.item);
            continue;
          }
          // Bytes carry the number of the first line; the bound by bytes is out of reach then only for small ones.
          newest = { lines: lines(step).lines, bytes: pushed };
          pushed += step;
          mailbox.push(newest);
        }
        const rest = drain(mailbox);
        expect(
          rest.reduce((sum, item) => sum + ('lines' in item ? item.lines.length : 0), 0),
        ).toBeLessThanOrEqual(32);
        for (const item of rest) read(item);
        expect(seen).toBe(pushed);
        if (newest !== undefined) expect(last).toBe(newest);
      }),
    );
  });
});
