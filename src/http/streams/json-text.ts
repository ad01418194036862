import { textFrames } from './text-frames.ts';

/** What an item of a stream is as JSON, in the forms that answers need. */
export interface JsonText {
  /** One text a message, without line ends. */
  readonly lines: readonly string[];
  /** All messages, each with a line end. */
  readonly ndjson: Buffer;
  /** All messages as frames of a WebSocket. */
  readonly frames: Buffer;
}

/**
 * Where an item keeps its text. Not in a WeakMap: the scavenger lets the values of one live until the next full collection,
 * and a log that is written at full speed would fill tens of megabytes with them.
 */
const TEXT = Symbol('JSON text');

interface Kept {
  [TEXT]?: JsonText;
}

/**
 * The JSON of an item: an array stands for a message each of its elements. Made once for as many as the item is sent to, and
 * forgotten with it, so an item must not change after it was made, and must not be frozen.
 */
export function jsonText(item: object & Kept): JsonText {
  if (item[TEXT] !== undefined) return item[TEXT];
  const text = make(Array.isArray(item) ? (item as readonly unknown[]) : [item]);
  // Hidden from whoever copies or compares the item.
  Object.defineProperty(item, TEXT, { value: text });
  return text;
}

function make(values: readonly unknown[]): JsonText {
  const lines = values.map((value) => JSON.stringify(value));
  let bytes: Buffer | undefined;
  let frames: Buffer | undefined;
  return {
    lines,
    get ndjson() {
      bytes ??= Buffer.from(lines.length === 0 ? '' : `${lines.join('\n')}\n`);
      return bytes;
    },
    get frames() {
      frames ??= textFrames(this.ndjson);
      return frames;
    },
  };
}
