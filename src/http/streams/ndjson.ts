import { jsonText } from './json-text.ts';

export const NDJSON = 'application/x-ndjson';

export interface NdjsonOptions {
  /** The problem to end with, for an error of `items` and for an end from this side. */
  readonly problemOf: (error: unknown) => object;
  readonly signal: AbortSignal;
}

/** Items as lines of JSON; an array stands for several lines. Breaks off with a line `{ "error": problem }`. */
export async function* ndjson(
  items: AsyncIterable<object>,
  { problemOf, signal }: NdjsonOptions,
): AsyncGenerator<Buffer | string, void, undefined> {
  try {
    for await (const item of items) yield jsonText(item).ndjson;
    if (signal.aborted) yield failure(problemOf(signal.reason));
  } catch (error) {
    yield failure(problemOf(error));
  }
}

function failure(problem: object): string {
  return `${JSON.stringify({ error: problem })}\n`;
}
