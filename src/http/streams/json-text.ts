/** What an item of a stream is as JSON, in the forms that answers need. */
export interface JsonText {
  /** One text a message, without line ends. */
  readonly lines: readonly string[];
  /** All messages, each with a line end. */
  readonly ndjson: Buffer;
  /** One piece of `ndjson` a message, without the line end. */
  readonly messages: readonly Buffer[];
}

const texts = new WeakMap<object, JsonText>();

/**
 * The JSON of an item: an array stands for a message each of its elements. Made once for as many as the item is sent to, and
 * forgotten with it, so an item must not change after it was made.
 */
export function jsonText(item: object): JsonText {
  const known = texts.get(item);
  if (known !== undefined) return known;
  const made = make(Array.isArray(item) ? (item as readonly unknown[]) : [item]);
  texts.set(item, made);
  return made;
}

function make(values: readonly unknown[]): JsonText {
  const lines = values.map((value) => JSON.stringify(value));
  let bytes: Buffer | undefined;
  let pieces: Buffer[] | undefined;
  return {
    lines,
    get ndjson() {
      bytes ??= Buffer.from(lines.length === 0 ? '' : `${lines.join('\n')}\n`);
      return bytes;
    },
    get messages() {
      pieces ??= split(this.ndjson);
      return pieces;
    },
  };
}

/** JSON never holds a line end as it is. */
function split(bytes: Buffer): Buffer[] {
  const pieces: Buffer[] = [];
  let start = 0;
  for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
    pieces.push(bytes.subarray(start, end));
    start = end + 1;
  }
  return pieces;
}
