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
  // One text at once, not an array of texts: V8 comes to allocate that where only a full collection finds it and all it holds.
  let text = '';
  for (const value of values) text += `${JSON.stringify(value)}\n`;
  const ndjson = Buffer.from(text);
  let lines: readonly string[] | undefined;
  let frames: Buffer | undefined;
  return {
    ndjson,
    get lines() {
      // JSON never holds a line end as it is.
      lines ??= ndjson.toString().split('\n').slice(0, -1);
      return lines;
    },
    get frames() {
      frames ??= textFrames(ndjson);
      return frames;
    },
  };
}
