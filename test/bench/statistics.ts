import type { Figure, Unit } from './case.ts';

/** The value below which the share `q` (0 to 1) of the samples lies. */
export function quantile(samples: readonly number[], q: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))];
  if (value === undefined) throw new Error('There are no samples');
  return value;
}

export function median(samples: readonly number[]): number {
  return quantile(samples, 0.5);
}

/** Two sides measured in turns. */
export interface Pairs<T> {
  readonly ours: readonly T[];
  readonly theirs: readonly T[];
}

/**
 * Measures two sides in turns: A B, B A, A B ... so that neither profits from what the machine does meanwhile, nor from coming
 * second. The first `warmUp` pairs are thrown away.
 */
export async function alternate<T>(
  { rounds, warmUp = 1 }: { readonly rounds: number; readonly warmUp?: number },
  ours: () => Promise<T>,
  theirs: () => Promise<T>,
): Promise<Pairs<T>> {
  const pairs = { ours: [] as T[], theirs: [] as T[] };
  for (let round = -warmUp; round < rounds; round += 1) {
    const mine: T[] = [];
    const other: T[] = [];
    if (round % 2 === 0) {
      mine.push(await ours());
      other.push(await theirs());
    } else {
      other.push(await theirs());
      mine.push(await ours());
    }
    if (round < 0) continue;
    pairs.ours.push(...mine);
    pairs.theirs.push(...other);
  }
  return pairs;
}

/**
 * How many times theirs ours is: the median over the pairs, so that one disturbed moment does not decide.
 * @param of what is compared of each round, such as its median.
 */
export function pairedRatio<T>({ ours, theirs }: Pairs<T>, of: (round: T) => number): number {
  return median(ours.map((mine, index) => of(mine) / of(theirs[index] as T)));
}

/** Joins the samples of every `size` turns that follow each other. */
export function grouped({ ours, theirs }: Pairs<number[]>, size: number): Pairs<number[]> {
  const join = (rounds: readonly number[][]) =>
    rounds.flatMap((_, at) => (at % size === 0 ? [rounds.slice(at, at + size).flat()] : []));
  return { ours: join(ours), theirs: join(theirs) };
}

/** p50, p99 and the number of samples. */
export function spread(samples: readonly number[], unit: Unit): Figure[] {
  return [
    { name: 'p50', value: quantile(samples, 0.5), unit },
    { name: 'p99', value: quantile(samples, 0.99), unit },
    { name: 'samples', value: samples.length, unit: '' },
  ];
}

/** Calls `work` one after another and tells how long each took, in milliseconds. */
export async function timed(times: number, work: () => Promise<unknown>): Promise<number[]> {
  const samples: number[] = [];
  for (let index = 0; index < times; index += 1) {
    const began = performance.now();
    await work();
    samples.push(performance.now() - began);
  }
  return samples;
}
