import { describe, expect, it } from 'vitest';
import { isoNano, parseInstant, unixSeconds } from '../../src/domain/instant.ts';

const NOW = new Date('2026-11-21T08:30:00.000Z');

describe('a moment', () => {
  it.each([
    ['1795249800', '1795249800.000000000'],
    ['1795249800.5', '1795249800.500000000'],
    ['1795249800.123456789', '1795249800.123456789'],
    ['2026-11-21T08:30:00Z', '1795249800.000000000'],
    ['2026-11-21T08:30:00.123456789Z', '1795249800.123456789'],
    ['2026-11-21T09:30:00.5+01:00', '1795249800.500000000'],
    ['2026-11-21T08:30', '1795249800.000000000'],
    ['2026-11-21', '1795219200.000000000'],
    ['10m', '1795249200.000000000'],
    ['1h30m', '1795244400.000000000'],
    ['1.5h', '1795244400.000000000'],
    ['250ms', '1795249799.750000000'],
    ['0s', '1795249800.000000000'],
  ])('written %s is read to the nanosecond', (text, expected) => {
    expect(unixSeconds(parseInstant(text, NOW) ?? -1n)).toBe(expected);
  });

  it.each(['', 'yesterday', '-5m', '10 m', '5x', '2026-13-01', '2026-11-21T25:00:00Z', '1e9', '10m ago'])(
    'cannot be written "%s"',
    (text) => {
      expect(parseInstant(text, NOW)).toBeNull();
    },
  );

  it('is written in a form that sorts as time does', () => {
    const earlier = isoNano(1_795_249_800_000_000_009n);
    expect(earlier).toBe('2026-11-21T08:30:00.000000009Z');
    expect(earlier < isoNano(1_795_249_800_000_000_010n)).toBe(true);
  });

  it('before 1970 counts as the beginning of 1970', () => {
    expect(unixSeconds(parseInstant('1000000h', NOW) ?? 0n)).toBe('0.000000000');
  });
});
