import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonLines } from '../../../src/docker/streams/json-lines.ts';

async function* pieces(bytes: Buffer, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  let start = 0;
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    yield bytes.subarray(start, cut);
    start = cut;
  }
  yield bytes.subarray(start);
}

async function all(source: AsyncIterable<Uint8Array>): Promise<unknown[]> {
  const values: unknown[] = [];
  for await (const value of jsonLines(source)) values.push(value);
  return values;
}

/** Of one to four bytes, and what JSON escapes. */
const LETTERS = fc.constantFrom('a', 'ß', '漢', '🐳', '"', '\\', '\n', '\u2028');

describe('JSON lines', () => {
  it('come out the same however the stream is cut, characters of several bytes too', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.json({ stringUnit: LETTERS, maxDepth: 2 }), { maxLength: 6 }),
        fc.array(fc.nat({ max: 400 }), { maxLength: 12 }),
        fc.boolean(),
        async (values, cuts, ended) => {
          const bytes = Buffer.from(values.join('\r\n') + (ended && values.length > 0 ? '\n' : ''));
          const within = cuts.map((cut) => Math.min(cut, bytes.byteLength));
          expect(await all(pieces(bytes, within))).toEqual(values.map((value) => JSON.parse(value)));
        },
      ),
    );
  });

  it('keep a word whole whose letters are split byte by byte', async () => {
    const bytes = Buffer.from('{"status":"größe 漢 🐳"}\n');
    const cuts = Array.from({ length: bytes.byteLength }, (_, index) => index);
    expect(await all(pieces(bytes, cuts))).toEqual([{ status: 'größe 漢 🐳' }]);
  });

  it('need no end on the last line, and may have empty ones between', async () => {
    expect(await all(pieces(Buffer.from('\n{"a":1}\r\n\r\n  \n{"b":2}'), []))).toEqual([{ a: 1 }, { b: 2 }]);
  });

  it('throw from the loop, not from an event, for a line that is not JSON', async () => {
    const lines = jsonLines(pieces(Buffer.from('{"a":1}\nnot json\n'), []));
    expect((await lines.next()).value).toEqual({ a: 1 });
    await expect(lines.next()).rejects.toMatchObject({
      code: 'ENGINE_ERROR',
      message: expect.stringContaining('not json'),
    });
  });

  it('do not fill the memory with a stream that has no lines', async () => {
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) yield Buffer.alloc(1024 * 1024, 'x');
    }
    await expect(all(endless())).rejects.toMatchObject({ code: 'ENGINE_ERROR' });
  });
});
