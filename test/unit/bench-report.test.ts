import { describe, expect, it } from 'vitest';
import type { Measurement } from '../bench/case.ts';
import { merge, parse, type Row, render, summary } from '../bench/report.ts';
import { alternate, grouped, pairedRatio, quantile } from '../bench/statistics.ts';

const ENVIRONMENT = {
  cores: 2,
  processor: 'some processor',
  memoryGiB: 24,
  kernel: '6.1.0',
  node: '20.20.2',
  engine: '26.1.5 (API 1.45)',
  dockerCli: '28.2.2',
  postgres: '15.18',
};

function row(name: string, p50: number, more: Partial<Row> = {}): Row {
  const measurement: Measurement = {
    checks: { p50 },
    figures: { server: [{ name: 'p50', value: p50 * 8, unit: 'ms' }] },
  };
  return {
    name,
    path: `what ${name} does`,
    against: 'raw socket',
    targets: { p50: { op: '<=', limit: 1.1, unit: 'x' } },
    measurement,
    environment: ENVIRONMENT,
    measuredAt: '2026-01-02T03:04:05.000Z',
    ...more,
  };
}

describe('the performance document', () => {
  it('gives back the rows it was written from', () => {
    const rows = [row('one', 0.5), row('two', 2)];
    expect(parse(render(rows))).toEqual(rows);
  });

  it('says of each target whether it was reached', () => {
    const document = render([row('one', 0.5), row('two', 2)]);
    expect(document).toContain('| what one does: p50 | raw socket | at most 1.10 x | 0.50 x | ok |');
    expect(document).toContain('| what two does: p50 | raw socket | at most 1.10 x | 2 x | **missed** |');
    expect(summary(row('two', 2))).toEqual(['MISSED two (p50): 2 x, target <= 1.10 x']);
  });

  it('names the machine of each row only when there are several', () => {
    const other = row('two', 1, { environment: { ...ENVIRONMENT, cores: 64 } });
    expect(render([row('one', 1), row('two', 1)])).not.toContain('1. 2 cores');
    expect(render([row('one', 1), other])).toContain('1. 2 cores');
    expect(render([row('one', 1), other])).toContain('2. 64 cores');
  });

  it('keeps the rows that were not measured again, and drops those of cases that are gone', () => {
    const merged = merge([row('one', 1), row('two', 1), row('gone', 1)], [row('two', 3)], ['two', 'one']);
    expect(merged.map(({ name, measurement }) => [name, measurement.checks.p50])).toEqual([
      ['two', 3],
      ['one', 1],
    ]);
  });
});

describe('statistics of a bench', () => {
  it('measures both sides in turns, each as often first, and forgets the warm-up', async () => {
    const order: string[] = [];
    const pairs = await alternate(
      { rounds: 3, warmUp: 1 },
      async () => order.push('ours'),
      async () => order.push('theirs'),
    );
    expect(order).toEqual(['theirs', 'ours', 'ours', 'theirs', 'theirs', 'ours', 'ours', 'theirs']);
    expect(pairs).toEqual({ ours: [3, 6, 7], theirs: [4, 5, 8] });
  });

  it('takes the median of the ratios, so that one disturbed turn does not decide', () => {
    const pairs = { ours: [2, 2, 900], theirs: [1, 1, 1] };
    expect(pairedRatio(pairs, (value) => value)).toBe(2);
  });

  it('joins turns that follow each other', () => {
    const pairs = { ours: [[1], [2], [3]], theirs: [[4], [5], [6]] };
    expect(grouped(pairs, 2)).toEqual({ ours: [[1, 2], [3]], theirs: [[4, 5], [6]] });
  });

  it('finds quantiles and refuses to make one of nothing', () => {
    expect(quantile([5, 1, 3, 2, 4], 0.5)).toBe(3);
    expect(quantile([5, 1, 3, 2, 4], 0.99)).toBe(5);
    expect(() => quantile([], 0.5)).toThrow('There are no samples');
  });
});
