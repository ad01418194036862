import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OutputChannel } from '../../../src/domain/exec.ts';
import { createReplayBuffer } from '../../../src/use-cases/terminals/replay-buffer.ts';

/** Each byte with its channel, as text. */
function flat(pieces: Iterable<readonly [OutputChannel, Uint8Array]>): string[] {
  return [...pieces].flatMap(([channel, bytes]) => [...bytes].map((byte) => `${channel}:${byte}`));
}

const chunks = fc.array(
  fc.tuple(fc.constantFrom<OutputChannel>(1, 2), fc.uint8Array({ minLength: 1, maxLength: 60 })),
  { maxLength: 60 },
);

describe('the replay buffer', () => {
  it('keeps exactly the last bytes, each with its channel, whatever their chunks are', () => {
    fc.assert(
      fc.property(chunks, fc.integer({ min: 1, max: 100 }), fc.boolean(), (added, capacity, trim) => {
        const buffer = createReplayBuffer(capacity);
        for (const [channel, bytes] of added) buffer.add(channel, bytes);
        if (trim) buffer.trim();
        expect(flat(buffer.pieces())).toEqual(flat(added).slice(-capacity));
      }),
      { numRuns: 500 },
    );
  });

  it('grows over its first size without losing a byte', () => {
    const buffer = createReplayBuffer(100_000);
    const sent: number[] = [];
    for (let index = 0; index < 1_000; index += 1) {
      const chunk = Uint8Array.from({ length: 97 }, (_, at) => (index * 31 + at) % 256);
      sent.push(...chunk);
      buffer.add(1, chunk);
    }
    expect(Buffer.concat(buffer.pieces().map(([, bytes]) => bytes)).equals(Buffer.from(sent))).toBe(true);
  });

  it('hands out copies, in pieces that fit a frame', () => {
    const buffer = createReplayBuffer(1024 * 1024);
    buffer.add(1, Buffer.alloc(300_000, 'a'));
    const [first, ...others] = buffer.pieces();
    first?.[1].fill(0);
    expect(others.length).toBeGreaterThan(3);
    expect(Buffer.concat(buffer.pieces().map(([, bytes]) => bytes)).every((byte) => byte === 97)).toBe(true);
  });

  it('takes little memory for output that changes channel with every byte', () => {
    const buffer = createReplayBuffer(1024 * 1024);
    for (let index = 0; index < 200_000; index += 1)
      buffer.add(index % 2 === 0 ? 1 : 2, Buffer.of(index % 251));
    expect(buffer.pieces().length).toBeLessThanOrEqual(32 * 1024);
  });
});
