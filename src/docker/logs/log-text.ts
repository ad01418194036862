import { FairleadError } from '../../domain/errors.ts';
import { createDemultiplexer } from '../streams/demultiplexer.ts';

/**
 * The contents of a multiplexed stream as plain bytes, stdout and stderr in the order in which they came. Nothing is decoded,
 * and nothing copied to new memory: what a chunk holds is moved together within it.
 *
 * @throws FairleadError ENGINE_ERROR when the Engine says in the stream that it failed, or breaks off in the middle of a frame
 */
export async function* logText(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  let target: Buffer = Buffer.alloc(0);
  let length = 0;
  const demultiplexer = createDemultiplexer((channel, bytes) => {
    if (channel === 3) throw new FairleadError('ENGINE_ERROR', bytes.toString().trim());
    // What was taken out before is at least a header longer than what was put in, so this writes over nothing unread.
    length += bytes.copy(target, length);
  });
  for await (const chunk of chunks) {
    target = chunk;
    length = 0;
    demultiplexer.push(chunk);
    if (length > 0) yield chunk.subarray(0, length);
  }
  if (!demultiplexer.complete) {
    throw new FairleadError('ENGINE_ERROR', 'The Engine broke off in the middle of a log message.');
  }
}
