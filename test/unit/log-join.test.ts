import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { afterMark } from '../../src/docker/logs/log-after.ts';
import { type JoinOptions, joinLog, type LogRound } from '../../src/docker/logs/log-join.ts';
import { keepEnds, type SharedLines } from '../../src/docker/logs/log-mailbox.ts';
import { isoNano } from '../../src/domain/instant.ts';
import {
  formatMark,
  type LogBatch,
  type LogGap,
  type LogLine,
  type LogMark,
  markAfter,
  parseMark,
} from '../../src/domain/log-line.ts';

const START = 1_795_249_800_000_000_000n;

/** Line number `n` of a log: an even one of stdout, a millisecond after the one before. */
function line(n: number): LogLine {
  return {
    stream: n % 3 === 0 ? 'stderr' : 'stdout',
    time: isoNano(START + BigInt(n) * 1_000_000n),
    line: String(n),
  };
}

function log(from: number, to: number): LogLine[] {
  return Array.from({ length: to - from }, (_, index) => line(from + index));
}

function shared(lines: LogBatch): SharedLines {
  return { lines, bytes: lines.reduce((sum, one) => sum + one.line.length, 0) };
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T, void, undefined> {
  yield* items;
}

async function collect(pieces: AsyncIterable<LogBatch | LogGap>): Promise<(number | LogGap['gap'])[]> {
  const all: (number | LogGap['gap'])[] = [];
  for await (const piece of pieces) {
    if ('gap' in piece) all.push(piece.gap);
    else all.push(...piece.map((one) => Number(one.line)));
  }
  return all;
}

function round(head: LogBatch, history: readonly LogBatch[], live: readonly (LogBatch | LogGap)[]): LogRound {
  return {
    head: shared(head),
    history: each(history),
    live: each(live.map((piece) => ('gap' in piece ? piece : shared(piece)))),
  };
}

const NEVER: JoinOptions = {
  begin: () => Promise.reject(new Error('no further round was expected')),
  from: null,
  since: null,
  silent: false,
};
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

describe('the stored log and the shared stream', () => {
  it('are one log when the stream was ahead of, or behind, the stored log', async () => {
    // The newest that the stream had given was 9; the stored log went on to 14; the stream then gave 10 and all after it.
    const joined = joinLog(round(log(5, 10), [log(0, 8), log(8, 15)], [log(10, 12), log(12, 20)]), NEVER);
    expect(await collect(joined)).toEqual(range(0, 20));
  });

  it('tell as a gap only what was in neither', async () => {
    // 10 to 17 were dropped, but 10 to 14 are in the stored log.
    const gap = { gap: { lines: 8, bytes: 16 } };
    const joined = joinLog(round(log(5, 10), [log(0, 15)], [gap, log(18, 20)]), NEVER);
    expect(await collect(joined)).toEqual([...range(0, 15), { lines: 3, bytes: 6 }, 18, 19]);
  });

  it('have no gap when all that was dropped is stored', async () => {
    const gap = { gap: { lines: 3, bytes: 6 } };
    const joined = joinLog(round(log(5, 10), [log(0, 15)], [gap, log(13, 20)]), NEVER);
    expect(await collect(joined)).toEqual(range(0, 20));
  });

  it('are joined in a further round when the stored part does not reach back to the head of the stream', async () => {
    const marks: (LogMark | null)[] = [];
    const begin = async (mark: LogMark | null) => {
      marks.push(mark);
      return round(log(20, 25), [log(10, 27)], [log(25, 40)]);
    };
    const joined = joinLog(round([line(2)], [log(15, 18)], [log(3, 40)]), { ...NEVER, begin });
    expect(await collect(joined)).toEqual(range(15, 40));
    expect(marks).toEqual([{ stream: 'stdout', time: line(17).time, count: 1 }]);
  });

  it('are joined by time when no round tells', async () => {
    const begin = async () => round([line(2)], [log(15, 18)], [log(3, 40)]);
    expect(await collect(joinLog(round([line(2)], [log(15, 18)], []), { ...NEVER, begin }))).toEqual(
      range(15, 40),
    );
  });

  it('begin with the stream when nothing is stored', async () => {
    expect(await collect(joinLog(round([], [], [log(0, 3)]), NEVER))).toEqual([0, 1, 2]);
  });

  it('leave out of the stream what is older than was asked for', async () => {
    const options = { ...NEVER, since: START + 5_000_000n };
    expect(await collect(joinLog(round(log(0, 4), [], [log(4, 8)]), options))).toEqual([5, 6, 7]);
  });

  it('give only new lines to one who wants no stored ones', async () => {
    const options = { ...NEVER, silent: true };
    expect(await collect(joinLog(round(log(0, 5), [log(0, 6)], [log(5, 9)]), options))).toEqual([6, 7, 8]);
  });

  it('give only new lines, without a gap before the first, when there are too many to tell where they begin', async () => {
    const options = { ...NEVER, silent: true };
    const gap = { gap: { lines: 5, bytes: 5 } };
    expect(
      await collect(joinLog(round([line(1)], [log(15, 20)], [log(2, 10), gap, log(25, 27), gap]), options)),
    ).toEqual([...[25, 26], gap.gap]);
    expect(await collect(joinLog(round([line(1)], [log(5, 8)], [log(2, 10)]), options))).toEqual([8, 9]);
  });

  it('go on after the place that a reader comes back with', async () => {
    const from: LogMark = { stream: 'stdout', time: line(7).time, count: 1 };
    const joined = joinLog(round(log(0, 9), [log(4, 10)], [log(9, 12)]), { ...NEVER, from });
    expect(await collect(joined)).toEqual([8, 9, 10, 11]);
  });

  it('give each line once or count it in a gap, whatever the timing', async () => {
    const numbers = fc.record({
      total: fc.integer({ min: 1, max: 200 }),
      headEnd: fc.nat(),
      headSize: fc.integer({ min: 1, max: 10 }),
      stored: fc.nat(),
      tail: fc.integer({ min: 1, max: 200 }),
      batch: fc.integer({ min: 1, max: 15 }),
      maxLines: fc.integer({ min: 1, max: 60 }),
    });
    await fc.assert(
      fc.asyncProperty(numbers, async ({ total, headEnd, headSize, stored, tail, batch, maxLines }) => {
        const begins = 1 + (headEnd % total);
        const until = begins + (stored % (total - begins + 1));
        const live = (from: number) => {
          const mailbox = keepEnds({ maxLines, maxBytes: 1_000_000 })();
          for (let at = from; at < total; at += batch)
            mailbox.push(shared(log(at, Math.min(total, at + batch))));
          const waiting: (SharedLines | LogGap)[] = [];
          for (let taken = mailbox.take(); taken !== undefined; taken = mailbox.take())
            waiting.push(taken.item);
          return each(waiting);
        };
        const head = shared(log(Math.max(0, begins - headSize), begins));
        const first = Math.max(0, until - tail);
        const begin = async () => ({ head, history: each([log(0, until)]), live: live(begins) });
        const joined = joinLog(
          { head, history: each([log(first, until)]), live: live(begins) },
          { ...NEVER, begin },
        );
        let next = first;
        for (const piece of await collect(joined)) {
          if (typeof piece === 'number') expect(piece).toBe(next);
          next += typeof piece === 'number' ? 1 : piece.lines;
        }
        expect(next).toBe(total);
      }),
      { numRuns: 300 },
    );
  });
});

describe('what comes after a place', () => {
  const from = (n: number): LogMark => ({ stream: line(n).stream, time: line(n).time, count: 1 });

  it('is told by the order of the log, which two streams may have against their times', () => {
    const ahead: LogLine = { ...line(5), stream: 'stderr' };
    const early: LogLine = { stream: 'stderr', time: line(3).time, line: 'late' };
    const after = afterMark({ stream: 'stdout', time: line(4).time, count: 1 });
    expect(after.take([line(2), ahead, line(4), early, line(7)]).map(({ line: text }) => text)).toEqual([
      'late',
      '7',
    ]);
  });

  it('counts lines of the same time', () => {
    const same = (text: string): LogLine => ({ stream: 'stdout', time: line(1).time, line: text });
    const after = afterMark({ stream: 'stdout', time: line(1).time, count: 2 });
    expect(after.take([same('a')])).toEqual([]);
    expect(after.take([same('b'), same('c')])).toEqual([same('c')]);
  });

  it('is all that is newer when the place is not in the log any more', () => {
    expect(afterMark(from(2)).take(log(4, 6))).toEqual(log(4, 6));
    const other = afterMark({ ...from(2), stream: 'stderr', time: line(2).time });
    expect([...other.take([line(1), line(4)]), ...other.rest()]).toEqual([line(4)]);
  });

  it('is not held back longer than two streams can be apart', () => {
    const after = afterMark({ stream: 'stderr', time: line(1).time, count: 1 });
    const stdout = (n: number): LogLine => ({ ...line(n), stream: 'stdout' });
    expect(after.take([stdout(2), stdout(150)])).toEqual([]);
    expect(after.take([stdout(300)])).toEqual([stdout(2), stdout(150), stdout(300)]);
  });
});

describe('a place in a log', () => {
  it('counts the lines of its stream that have its time', () => {
    const same = (text: string): LogLine => ({ stream: 'stdout', time: line(1).time, line: text });
    const mark = markAfter(null, [line(0), same('a'), same('b')]);
    expect(mark).toEqual({ stream: 'stdout', time: line(1).time, count: 2 });
    expect(markAfter(mark, [same('c')])?.count).toBe(3);
    expect(markAfter(mark, [])).toBe(mark);
  });

  it('survives being written and read', () => {
    const mark: LogMark = { stream: 'stderr', time: line(3).time, count: 7 };
    expect(parseMark(formatMark(mark))).toEqual(mark);
    expect(parseMark('2026/stdout/1')).toBeNull();
  });
});
