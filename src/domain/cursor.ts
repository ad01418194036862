import { FairleadError } from './errors.ts';

/** One page of a list that can grow without bound. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Pass it on unchanged for the next page; `null` at the end. */
  readonly nextCursor: string | null;
}

export interface PageRequest {
  /** How many items at most. */
  readonly limit: number;
  /** The `nextCursor` of the page before; `null` for the first. */
  readonly cursor: string | null;
}

const MAX_CURSOR_LENGTH = 1024;

/**
 * Packs the sort key of the last item of a page into an opaque, URL-safe string.
 *
 * @param list names the list, so that a cursor of another list is refused instead of giving a wrong page
 * @param key the values that the list is sorted by, as text
 */
export function encodeCursor(list: string, key: readonly string[]): string {
  return Buffer.from(JSON.stringify([list, ...key]), 'utf8').toString('base64url');
}

/**
 * The sort key inside a cursor that `encodeCursor` made for the same list.
 *
 * @param patterns one for each value of the key; a value that does not match is refused
 * @throws FairleadError INVALID_CURSOR for anything else than a cursor of this list
 */
export function decodeCursor(list: string, cursor: string, patterns: readonly RegExp[]): string[] {
  const [name, ...key] = parse(cursor);
  const fits = name === list && key.length === patterns.length;
  if (!fits || !key.every((value, index) => patterns[index]?.test(value))) throw invalid();
  return key;
}

function parse(cursor: string): string[] {
  if (cursor.length > MAX_CURSOR_LENGTH || !/^[A-Za-z0-9_-]+$/.test(cursor)) throw invalid();
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (Array.isArray(parsed) && parsed.every((value) => typeof value === 'string')) return parsed;
  } catch (cause) {
    throw invalid(cause);
  }
  throw invalid();
}

function invalid(cause?: unknown): FairleadError {
  return new FairleadError('INVALID_CURSOR', 'The cursor was not made by this list.', { cause });
}
