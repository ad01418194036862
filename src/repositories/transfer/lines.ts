import { createHash } from 'node:crypto';
import { OperatorError } from '../../domain/operator-error.ts';

/** Longer than any row: an answer kept for an Idempotency-Key, twice over for its notation. */
const LONGEST_LINE = 128 * 1024 * 1024;

/** The lines of a file one after another, with the hash of all that was read before. */
export interface LineReader {
  /** The next line without its end; `null` at the end of the file. A last line without an end counts. */
  next(): Promise<string | null>;
  /** SHA-256 in hex of all lines so far, but the last one, with their ends. */
  hashBeforeLast(): string;
}

/** @throws OperatorError from `next` for a line that no export has */
export function readLines(source: AsyncIterable<Buffer>): LineReader {
  const lines = split(source);
  const hash = createHash('sha256');
  let last: Buffer | null = null;
  return {
    next: async () => {
      if (last !== null) hash.update(last).update('\n');
      const { value, done } = await lines.next().catch(refuse);
      last = done === true ? null : value;
      return last === null ? null : last.toString('utf8');
    },
    hashBeforeLast: () => hash.copy().digest('hex'),
  };
}

/** So that what befalls the file is not taken for something that befell the database. */
function refuse(error: unknown): never {
  if (error instanceof OperatorError) throw error;
  throw new OperatorError(
    `The export cannot be read: ${error instanceof Error ? error.message : 'it failed'}`,
  );
}

async function* split(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  let begun: Buffer[] = [];
  let length = 0;
  for await (const chunk of source) {
    let start = 0;
    for (let end = chunk.indexOf('\n'); end !== -1; end = chunk.indexOf('\n', start)) {
      yield Buffer.concat([...begun, chunk.subarray(start, end)]);
      begun = [];
      length = 0;
      start = end + 1;
    }
    begun.push(chunk.subarray(start));
    length += chunk.length - start;
    if (length > LONGEST_LINE)
      throw new OperatorError('This is not an export of Fairlead: a line has no end.');
  }
  if (length > 0) yield Buffer.concat(begun);
}
