import { describe, expect, it } from 'vitest';
import { createRecorder } from '../../../src/use-cases/terminals/recorder.ts';

function recorder(maxBytes = 10_000) {
  let now = 0;
  const lines: string[] = [];
  const waiting: ((error: Error | null) => void)[] = [];
  const failures: string[] = [];
  const made = createRecorder(
    {
      writer: {
        write(text, taken) {
          lines.push(text);
          waiting.push(taken);
        },
        close: async () => undefined,
      },
      clock: { now: () => new Date(0), elapsed: () => now },
      log: {
        info: () => undefined,
        warn: () => undefined,
        error: (_, message) => void failures.push(message),
      },
      maxBytes,
    },
    {
      size: { rows: 24, cols: 80 },
      startedAt: new Date('2026-01-02T03:04:05.678Z'),
      command: ['sh'],
      title: 'web',
    },
  );
  return {
    made,
    failures,
    at: (ms: number) => {
      now = ms;
    },
    lines: () => lines.map((line) => JSON.parse(line) as unknown),
    settle: (error: Error | null) => {
      for (const taken of waiting.splice(0)) taken(error);
    },
  };
}

describe('the recorder', () => {
  it('writes an asciicast of version 2', async () => {
    const { made, at, lines } = recorder();
    at(1_234.5678);
    made.output(1, Buffer.from('a"\n'));
    made.resized({ rows: 40, cols: 120 });
    await made.close();
    expect(lines()).toEqual([
      {
        ...{ version: 2, width: 80, height: 24, timestamp: 1767323045 },
        ...{ command: 'sh', title: 'web', env: { TERM: 'xterm' } },
      },
      [1.234568, 'o', 'a"\n'],
      [1.234568, 'r', '120x40'],
    ]);
  });

  it('puts characters together that are spread over chunks, each output for itself', async () => {
    const { made, lines } = recorder();
    const [first, second] = [...Buffer.from('ä')];
    made.output(1, Buffer.of(first ?? 0));
    made.output(2, Buffer.from('b'));
    made.output(1, Buffer.of(second ?? 0, 0xff));
    made.output(1, Buffer.of(first ?? 0));
    await made.close();
    expect(lines().slice(1)).toEqual([
      [0, 'o', 'b'],
      [0, 'o', 'ä\ufffd'],
      [0, 'o', '\ufffd'],
    ]);
  });

  it('ends with a remark when it has become too long', () => {
    const { made, lines } = recorder(300);
    for (let index = 0; index < 50; index += 1) made.output(1, Buffer.alloc(50, 'x'));
    const all = lines();
    expect(all.at(-1)).toEqual([0, 'm', 'The recording ends here: it has reached 300 bytes.']);
    expect(all.length).toBeLessThan(8);
  });

  it('tells how much is not stored yet, and when it is', () => {
    const { made, settle } = recorder();
    let drained = 0;
    made.onDrained(() => {
      drained += 1;
    });
    made.output(1, Buffer.from('hello'));
    expect(made.waiting).toBeGreaterThan(5);
    settle(null);
    expect(made.waiting).toBe(0);
    expect(drained).toBeGreaterThan(0);
  });

  it('ends when nothing can be stored, and says so once', () => {
    const { made, settle, lines, failures } = recorder();
    made.output(1, Buffer.from('a'));
    settle(new Error('no space left'));
    made.output(1, Buffer.from('b'));
    expect(lines()).toHaveLength(2);
    expect(failures).toHaveLength(1);
    expect(made.waiting).toBe(0);
  });
});
