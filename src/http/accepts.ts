import type { FastifyRequest } from 'fastify';
import { FairleadError } from '../domain/errors.ts';

interface Range {
  readonly type: string;
  readonly quality: number;
}

/**
 * Which of the media types that a route can answer in the client likes best; of those that it likes equally the first. Without an
 * `Accept` header that is the first of all.
 *
 * @throws FairleadError NOT_ACCEPTABLE
 */
export function accepts<const T extends string>(
  { headers }: Pick<FastifyRequest, 'headers'>,
  types: readonly [T, ...T[]],
): T {
  const ranges = parse(headers.accept ?? '*/*');
  const liked = types
    .map((type) => ({ type, quality: qualityOf(type, ranges) }))
    .filter(({ quality }) => quality > 0)
    .sort((a, b) => b.quality - a.quality)[0];
  if (liked !== undefined) return liked.type;
  throw new FairleadError('NOT_ACCEPTABLE', `This can be answered as ${types.join(' or ')}.`);
}

function parse(header: string): Range[] {
  return header.split(',').map((part) => {
    const [type = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
    const quality = parameters.find((parameter) => parameter.startsWith('q='));
    return { type, quality: quality === undefined ? 1 : Number(quality.slice(2)) || 0 };
  });
}

/** The most specific range that covers a type decides. */
function qualityOf(type: string, ranges: readonly Range[]): number {
  const family = `${type.split('/')[0]}/*`;
  for (const wanted of [type, family, '*/*']) {
    const range = ranges.find((one) => one.type === wanted);
    if (range !== undefined) return range.quality;
  }
  return 0;
}
