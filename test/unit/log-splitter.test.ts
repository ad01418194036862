import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createLogSplitter } from '../../src/docker/logs/log-splitter.ts';
import { logText } from '../../src/docker/logs/log-text.ts';
import type { LogLine } from '../../src/domain/log-line.ts';

const T1 = '2026-11-21T08:30:00.123456789Z';
const T2 = '2026-11-21T08:30:00.123456790Z';
const MIB = 1024 * 1024;

function frame(channel: number, content: string | Buffer): Buffer {
  const payload = Buffer.from(content);
  const header = Buffer.alloc(8);
  header[0] = channel;
  header.writeUInt32BE(payload.byteLength, 4);
  return Buffer.concat([header, payload]);
}

/** All lines of these bytes, cut into chunks at the given places. */
function split(tty: boolean, bytes: Buffer, cuts: readonly number[] = []): LogLine[] {
  const splitter = createLogSplitter(tty);
  const lines = chunksOf(bytes, cuts).flatMap((chunk) => [...splitter.push(chunk)]);
  return [...lines, ...splitter.rest()];
}

function chunksOf(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [
    0,
    ...cuts.map((cut) => cut % (bytes.byteLength + 1)).sort((a, b) => a - b),
    bytes.byteLength,
  ];
  return places.slice(1).map((end, index) => Buffer.from(bytes.subarray(places[index], end)));
}

async function textOf(chunks: readonly Buffer[]): Promise<Buffer> {
  async function* source() {
    yield* chunks;
  }
  const parts: Buffer[] = [];
  for await (const part of logText(source())) parts.push(Buffer.from(part));
  return Buffer.concat(parts);
}

describe('the log of a container without a terminal', () => {
  it('is lines with their stream and time, in the order of the log', () => {
    const bytes = Buffer.concat([frame(1, `${T1} out\n`), frame(2, `${T2} größe\n`), frame(1, `${T2} \n`)]);
    expect(split(false, bytes)).toEqual([
      { stream: 'stdout', time: T1, line: 'out' },
      { stream: 'stderr', time: T2, line: 'größe' },
      { stream: 'stdout', time: T2, line: '' },
    ]);
  });

  it('has a line longer than 16 kB in several frames, and other lines between them', () => {
    const long = 'x'.repeat(16_384);
    const bytes = Buffer.concat([
      frame(1, `${T1} ${long}`),
      frame(2, `${T2} between\n`),
      frame(1, `${T1} ${long}`),
      frame(1, `${T1} end\n`),
    ]);
    expect(split(false, bytes)).toEqual([
      { stream: 'stderr', time: T2, line: 'between' },
      { stream: 'stdout', time: T1, line: `${long}${long}end` },
    ]);
  });

  it('may end a run without a line end, which the next run does not go on with', () => {
    const bytes = Buffer.concat([
      frame(1, `${T1} no end`),
      frame(1, `${T2} next run\n`),
      frame(2, `${T2} last`),
    ]);
    expect(split(false, bytes)).toEqual([
      { stream: 'stdout', time: T1, line: 'no end' },
      { stream: 'stdout', time: T2, line: 'next run' },
      { stream: 'stderr', time: T2, line: 'last' },
    ]);
  });

  it('passes a line of megabytes on in parts', () => {
    const parts = Array.from({ length: 160 }, () => frame(1, `${T1} ${'y'.repeat(16_384)}`));
    const lines = split(false, Buffer.concat([...parts, frame(1, `${T1} .\n`)]));
    expect(lines.map(({ partial }) => partial === true)).toEqual([true, true, false]);
    expect(Math.max(...lines.map(({ line }) => line.length))).toBeLessThanOrEqual(MIB + 16_384);
    expect(lines.map(({ line }) => line).join('')).toBe(`${'y'.repeat(160 * 16_384)}.`);
  });

  it('is broken off by an error that the Engine tells in it', () => {
    expect(() => split(false, frame(3, 'Error grabbing logs: unexpected EOF\n\n'))).toThrow(
      expect.objectContaining({ code: 'ENGINE_ERROR', message: 'Error grabbing logs: unexpected EOF' }),
    );
  });

  it('is the same however it is cut into chunks, as lines and as text', async () => {
    const line = fc.record({
      channel: fc.constantFrom(1, 2),
      text: fc.string({ unit: 'grapheme', maxLength: 40 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { maxLength: 30 }),
        fc.array(fc.nat(), { maxLength: 40 }),
        async (all, cuts) => {
          const clean = all.map(({ channel, text }) => ({ channel, text: text.replaceAll('\n', ' ') }));
          const stamped = Buffer.concat(clean.map(({ channel, text }) => frame(channel, `${T1} ${text}\n`)));
          expect(split(false, stamped, cuts)).toEqual(
            clean.map(({ channel, text }) => ({
              stream: channel === 1 ? 'stdout' : 'stderr',
              time: T1,
              line: text,
            })),
          );
          const plain = Buffer.concat(clean.map(({ channel, text }) => frame(channel, `${text}\n`)));
          const expected = clean.map(({ text }) => `${text}\n`).join('');
          expect((await textOf(chunksOf(plain, cuts))).toString()).toBe(expected);
        },
      ),
    );
  });
});

describe('the text of a log', () => {
  it('keeps bytes that are no text', async () => {
    const bytes = Buffer.from([0, 255, 254, 10, 13, 128]);
    expect(await textOf([frame(1, bytes), frame(2, bytes)])).toEqual(Buffer.concat([bytes, bytes]));
  });

  it('fails when it breaks off within a frame', async () => {
    await expect(textOf([frame(1, 'whole\n'), frame(1, 'broken\n').subarray(0, 10)])).rejects.toMatchObject({
      code: 'ENGINE_ERROR',
    });
  });

  it('fails when the Engine says in it that it failed', async () => {
    await expect(textOf([frame(1, 'fine\n'), frame(3, 'disk on fire')])).rejects.toMatchObject({
      code: 'ENGINE_ERROR',
      message: 'disk on fire',
    });
  });
});

describe('the log of a container with a terminal', () => {
  it('is lines of stdout, without the line ends of a terminal and with all else it was sent', () => {
    const bytes = Buffer.from(`${T1} \u001b[31mred\u001b[0m\r\n${T2} a\rb\n${T2} prompt`);
    expect(split(true, bytes)).toEqual([
      { stream: 'stdout', time: T1, line: '\u001b[31mred\u001b[0m' },
      { stream: 'stdout', time: T2, line: 'a\rb' },
      { stream: 'stdout', time: T2, line: 'prompt' },
    ]);
  });

  it('repeats the time within a line every 16 kB', () => {
    const long = 'z'.repeat(16_384);
    const bytes = Buffer.from(`${T1} ${long}${T1} ${long}${T1} end\r\n${T2} next\r\n`);
    expect(split(true, bytes, [100, 16_400, 20_000])).toEqual([
      { stream: 'stdout', time: T1, line: `${long}${long}end` },
      { stream: 'stdout', time: T2, line: 'next' },
    ]);
  });

  it('passes a line of megabytes on in parts', () => {
    const piece = `${T1} ${'w'.repeat(16_384)}`;
    const bytes = Buffer.from(`${piece.repeat(150)}\r\n${T2} next\r\n`);
    const cuts = Array.from({ length: 37 }, (_, index) => (index + 1) * 65_536);
    const lines = split(true, bytes, cuts);
    expect(lines.filter(({ partial }) => partial).length).toBeGreaterThan(0);
    expect(
      lines
        .filter(({ time }) => time === T1)
        .map(({ line }) => line)
        .join(''),
    ).toBe('w'.repeat(150 * 16_384));
    expect(lines.at(-1)).toEqual({ stream: 'stdout', time: T2, line: 'next' });
  });
});
