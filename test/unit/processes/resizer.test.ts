import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { TerminalSize } from '../../../src/domain/exec.ts';
import { createResizer } from '../../../src/use-cases/exec/resizer.ts';

const sizes = (...rows: number[]): TerminalSize[] => rows.map((count) => ({ rows: count, cols: 80 }));

describe('the resizer', () => {
  it('carries out one size at a time, and of those that come meanwhile the newest', async () => {
    const applied: number[] = [];
    let running = 0;
    const resizer = createResizer(async ({ rows }) => {
      running += 1;
      expect(running).toBe(1);
      await delay(5);
      applied.push(rows);
      running -= 1;
    });
    await Promise.all(sizes(1, 2, 3, 4).map((size) => resizer.resize(size)));
    await resizer.resize({ rows: 5, cols: 80 });
    expect(applied).toEqual([1, 4, 5]);
    expect(resizer.size).toEqual({ rows: 5, cols: 80 });
  });

  it('goes on after a size that failed', async () => {
    const applied: number[] = [];
    const resizer = createResizer(async ({ rows }) => {
      if (rows === 1) throw new Error('refused');
      applied.push(rows);
    });
    const outcomes = await Promise.allSettled(sizes(1, 2).map((size) => resizer.resize(size)));
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    expect(applied).toEqual([2]);
  });

  it('lets nobody wait once it is stopped', async () => {
    const resizer = createResizer(() => new Promise(() => undefined));
    const waiting = Promise.allSettled(sizes(1, 2).map((size) => resizer.resize(size)));
    resizer.stop(new Error('over'));
    expect((await waiting).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expect(resizer.resize({ rows: 3, cols: 80 })).rejects.toThrow('over');
  });
});
