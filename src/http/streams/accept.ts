import { FairleadError } from '../../domain/errors.ts';

interface Wish {
  readonly type: string;
  readonly subtype: string;
  readonly quality: number;
}

/**
 * The media type to answer with, by the request's `Accept`: the one it likes most, and of equals the first offered, as without a
 * header.
 *
 * @param offered in the order of the server's preference
 * @throws FairleadError NOT_ACCEPTABLE
 */
export function negotiate<const T extends string>(
  accept: string | undefined,
  offered: readonly [T, ...T[]],
): T {
  if (accept === undefined || accept.trim() === '') return offered[0];
  const wishes = accept.split(',').map(wishOf);
  let best: { readonly type: T; readonly quality: number } | undefined;
  for (const type of offered) {
    const quality = qualityOf(type, wishes);
    if (quality > (best?.quality ?? 0)) best = { type, quality };
  }
  if (best !== undefined) return best.type;
  throw new FairleadError(
    'NOT_ACCEPTABLE',
    `This answers with ${offered.join(', ')}; Accept asks for none of them.`,
  );
}

function wishOf(text: string): Wish {
  const [range = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const [type = '', subtype = ''] = range.split('/', 2);
  const q = parameters.find((parameter) => /^q\s*=/.test(parameter))?.split('=')[1];
  const quality = q === undefined ? 1 : Number(q.trim());
  return { type, subtype, quality: quality >= 0 && quality <= 1 ? quality : 0 };
}

/** How much a type is wished for: the wish that names it closest counts. */
function qualityOf(offered: string, wishes: readonly Wish[]): number {
  const [type, subtype] = offered.split('/', 2);
  let closest = -1;
  let quality = 0;
  for (const wish of wishes) {
    if (wish.type !== '*' && wish.type !== type) continue;
    if (wish.subtype !== '*' && wish.subtype !== subtype) continue;
    const closeness = (wish.type === '*' ? 0 : 1) + (wish.subtype === '*' ? 0 : 1);
    if (closeness <= closest) continue;
    closest = closeness;
    quality = wish.quality;
  }
  return quality;
}
