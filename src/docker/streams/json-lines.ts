import { StringDecoder } from 'node:string_decoder';
import { FairleadError } from '../../domain/errors.ts';

/** Longer than any line the Engine sends; a stream that is no JSON at all must not fill the memory. */
const MAX_LINE_LENGTH = 16 * 1024 * 1024;

/**
 * The JSON values of a stream with one on each line, as `jsonLines` of text lines.
 *
 * @throws FairleadError ENGINE_ERROR for a line that is not JSON; and whatever `source` throws
 */
export async function* jsonLines(
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<unknown, void, undefined> {
  for await (const line of textLines(source)) yield parseJsonLine(line);
}

/**
 * The lines of a stream, whatever its chunks: lines and characters may be split anywhere. The last line needs no end. Empty
 * lines are skipped.
 *
 * @throws FairleadError ENGINE_ERROR for a line without an end; and whatever `source` throws
 */
export async function* textLines(source: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const decoder = new StringDecoder('utf8');
  let pieces: string[] = [];
  let length = 0;
  for await (const chunk of source) {
    let text = decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
      pieces.push(text.slice(0, end));
      text = text.slice(end + 1);
      const line = pieces.join('');
      pieces = [];
      length = 0;
      if (line.trim() !== '') yield line;
    }
    pieces.push(text);
    length += text.length;
    if (length > MAX_LINE_LENGTH) {
      throw new FairleadError('ENGINE_ERROR', 'The Engine sent a line without an end.');
    }
  }
  const last = pieces.join('') + decoder.end();
  if (last.trim() !== '') yield last;
}

/** @throws FairleadError ENGINE_ERROR for what is not JSON */
export function parseJsonLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new FairleadError(
      'ENGINE_ERROR',
      `The Engine sent what is not JSON: ${line.trim().slice(0, 200)}`,
      {
        cause,
      },
    );
  }
}
