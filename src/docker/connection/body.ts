import { FairleadError } from '../../domain/errors.ts';
import { fromTransport } from './errors.ts';
import type { EngineResponse } from './transport.ts';

/** Where an answer comes from and who may give it up, for the words and the kind of an error. */
export interface BodyContext {
  readonly where: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The bytes of an answer. Leaving the loop ends the request at the Engine, and so does `return()` before it has begun.
 *
 * @throws FairleadError ENGINE_UNREACHABLE when the answer is cut off; the signal's reason when it aborts
 */
export function bodyBytes(
  response: EngineResponse,
  { where, signal }: BodyContext,
): AsyncGenerator<Buffer, void, undefined> {
  // Not a generator function: one that has not begun ends without a chance to close what it was to read.
  const { body } = response;
  const chunks = body[Symbol.asyncIterator]();
  const bytes: AsyncGenerator<Buffer, void, undefined> = {
    async next() {
      try {
        return (await chunks.next()) as IteratorResult<Buffer, void>;
      } catch (error) {
        signal?.throwIfAborted();
        throw fromTransport(error, where);
      }
    },
    async return() {
      body.destroy();
      return { done: true, value: undefined };
    },
    async throw(error) {
      body.destroy();
      throw error;
    },
    [Symbol.asyncIterator]: () => bytes,
    async [Symbol.asyncDispose]() {
      body.destroy();
    },
  };
  return bytes;
}

/**
 * An answer as one JSON value.
 *
 * @throws FairleadError ENGINE_ERROR when it is none, ENGINE_UNREACHABLE when it is cut off
 */
export async function bodyJson(response: EngineResponse, context: BodyContext): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of bodyBytes(response, context)) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString();
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new FairleadError(
      'ENGINE_ERROR',
      `The Engine at ${context.where} sent what is not JSON: ${text.slice(0, 200)}`,
      { cause },
    );
  }
}
