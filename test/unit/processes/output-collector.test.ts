import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createOutputCollector } from '../../../src/use-cases/exec/output-collector.ts';

describe('the output collector', () => {
  it('keeps the first bytes of whatever comes in whatever pieces', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 50 })), fc.nat({ max: 300 }), (pieces, max) => {
        const collector = createOutputCollector(max);
        for (const piece of pieces) collector.add(piece);
        const all = Buffer.concat(pieces);
        expect(collector.bytes().equals(all.subarray(0, max))).toBe(true);
        expect(collector.truncated).toBe(all.byteLength > max);
      }),
    );
  });

  it('gives back text that was cut up to its last whole character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat({ max: 40 }), (text, max) => {
        const collector = createOutputCollector(max);
        collector.add(Buffer.from(text));
        const kept = collector.text()?.toString();
        expect(kept === undefined ? 'no text' : text.startsWith(kept)).toBe(true);
      }),
    );
  });

  it('knows what is no text', () => {
    const collector = createOutputCollector(10);
    collector.add(Buffer.of(0x61, 0xff, 0x61));
    expect(collector.text()).toBeNull();
  });
});
