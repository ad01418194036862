/** Units of Go's durations, in nanoseconds. */
const UNITS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};
const SECOND = 1_000_000_000n;

const UNIX = /^(\d{1,12})(?:\.(\d{1,9})\d*)?$/;
const DURATION = /^(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))+$/;
const DATE = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,9})\d*)?)?(Z|[+-]\d\d:\d\d)?)?$/i;

/**
 * Reads a moment as people write it: Unix seconds with a fraction (`1795000000.5`), RFC 3339 with any of its parts left out from
 * the right (`2026-11-21T08:30:00.5+01:00`, `2026-11-21`; without a zone it is UTC), or a duration before `now` (`1h30m`).
 *
 * @returns nanoseconds since 1970; `null` for what is none of these
 */
export function parseInstant(text: string, now: Date): bigint | null {
  const unix = UNIX.exec(text);
  if (unix !== null) return BigInt(unix[1] ?? 0) * SECOND + nanoseconds(unix[2]);
  if (DURATION.test(text)) return BigInt(now.getTime()) * 1_000_000n - durationOf(text);
  const [, day, minute = '00:00', second = '00', fraction, zone = 'Z'] = DATE.exec(text) ?? [];
  const whole = Date.parse(`${day}T${minute}:${second}${zone}`);
  return day === undefined || Number.isNaN(whole) ? null : BigInt(whole) * 1_000_000n + nanoseconds(fraction);
}

/** Nanoseconds since 1970 as the Engine reads them: Unix seconds and nine digits. */
export function unixSeconds(instant: bigint): string {
  const positive = instant < 0n ? 0n : instant;
  return `${positive / SECOND}.${(positive % SECOND).toString().padStart(9, '0')}`;
}

/** ISO 8601 UTC with nanoseconds, as the Engine writes times: such texts compare as their times do. */
export function isoNano(instant: bigint): string {
  const positive = instant < 0n ? 0n : instant;
  const seconds = new Date(Number(positive / SECOND) * 1000).toISOString().slice(0, 19);
  return `${seconds}.${(positive % SECOND).toString().padStart(9, '0')}Z`;
}

function durationOf(text: string): bigint {
  let total = 0n;
  for (const [, whole = '0', fraction, unit = 's'] of text.matchAll(
    /(\d+)(?:\.(\d+))?(ns|us|µs|ms|s|m|h)/g,
  )) {
    const scale = UNITS[unit] ?? 0n;
    total += BigInt(whole) * scale + (nanoseconds(fraction) * scale) / SECOND;
  }
  return total;
}

/** The fraction of a second in nanoseconds. */
function nanoseconds(fraction = ''): bigint {
  return BigInt(fraction.slice(0, 9).padEnd(9, '0'));
}
