import { encodeCursor, type Page } from '../domain/cursor.ts';

/** A UUID, as both drivers write it. */
export const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Makes a page of rows of which one more than `limit` was asked for.
 *
 * @param list names the list in the cursor
 * @param keyOf the sort key of a row
 */
export function toPage<Row, Item>(
  list: string,
  limit: number,
  found: readonly Row[],
  keyOf: (row: Row) => readonly string[],
  toItem: (row: Row) => Item,
): Page<Item> {
  const shown = found.slice(0, limit);
  const last = shown.at(-1);
  const more = found.length > limit && last !== undefined;
  return { items: shown.map(toItem), nextCursor: more ? encodeCursor(list, keyOf(last)) : null };
}
