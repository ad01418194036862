import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDemultiplexer, type OutputChannel } from '../../src/docker/streams/demultiplexer.ts';

interface Frame {
  readonly type: number;
  readonly payload: Uint8Array;
}

function encode({ type, payload }: Frame): Buffer {
  const header = Buffer.alloc(8);
  header[0] = type;
  header.writeUInt32BE(payload.byteLength, 4);
  return Buffer.concat([header, payload]);
}

/** What a reader sees of `chunks`: frames put together again by the marks of their first and last piece. */
function decode(chunks: readonly Buffer[]) {
  const frames: { channel: OutputChannel; payload: Buffer; ended: boolean }[] = [];
  const demultiplexer = createDemultiplexer((channel, bytes, first, last) => {
    const open = first ? { channel, payload: Buffer.alloc(0), ended: false } : frames.pop();
    if (open === undefined || open.ended || open.channel !== channel)
      throw new Error('a piece without its frame');
    frames.push({ channel, payload: Buffer.concat([open.payload, bytes]), ended: last });
  });
  for (const chunk of chunks) demultiplexer.push(chunk);
  return { frames, complete: demultiplexer.complete };
}

function split(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...places].map((from, index) => bytes.subarray(from, places[index] ?? bytes.length));
}

const frames = fc.array(
  fc.record({ type: fc.integer({ min: 0, max: 3 }), payload: fc.uint8Array({ maxLength: 40 }) }),
  { maxLength: 30 },
);

describe('the demultiplexer', () => {
  it('gives back the same frames wherever the stream is cut into chunks', () => {
    fc.assert(
      fc.property(frames, fc.array(fc.nat(), { maxLength: 60 }), (sent, cuts) => {
        const { frames: got, complete } = decode(split(Buffer.concat(sent.map(encode)), cuts));
        expect(complete).toBe(true);
        expect(got.map(({ channel, payload }) => [channel, payload.toString('hex')])).toEqual(
          sent.map(({ type, payload }) => [type || 1, Buffer.from(payload).toString('hex')]),
        );
        expect(got.every(({ ended }) => ended)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('hands out views into the chunk instead of copies', () => {
    const chunk = encode({ type: 1, payload: Buffer.from('text') });
    createDemultiplexer((_, bytes) => {
      expect(bytes.buffer).toBe(chunk.buffer);
      expect(bytes.toString()).toBe('text');
    }).push(chunk);
    expect.assertions(2);
  });

  it('knows whether a stream was cut off, in a header and in a frame', () => {
    const whole = encode({ type: 2, payload: Buffer.from('abc') });
    for (let length = 0; length <= whole.length; length += 1) {
      const { complete } = decode([whole.subarray(0, length)]);
      expect(complete).toBe(length === 0 || length === whole.length);
    }
  });

  it('refuses what is not multiplexed instead of reading gigabytes into one frame', () => {
    const demultiplexer = createDemultiplexer(() => undefined);
    expect(() => demultiplexer.push(Buffer.from('plain text'))).toThrow(/unknown type 112/);
  });

  it('takes a chunk of a hundred thousand tiny frames in time that grows with its size', () => {
    const small = Buffer.concat(Array<Buffer>(100_000).fill(encode({ type: 1, payload: Buffer.from('x') })));
    let bytes = 0;
    const started = performance.now();
    createDemultiplexer((_, piece) => {
      bytes += piece.length;
    }).push(small);
    expect(bytes).toBe(100_000);
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});
