import type { IncomingMessage } from 'node:http';

/** An error's text is short; more than this of it is not read. */
const MAX_BYTES = 64 * 1024;

/** The `message` of a refusal, or its text where it is no JSON. What could be read of one that is cut off counts. */
export async function errorText(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      size += chunk.byteLength;
      if (size > MAX_BYTES) break;
    }
  } catch {
    // The status tells what matters.
  }
  return engineMessage(Buffer.concat(chunks).toString());
}

/** The `message` in the text of a refusal, or the text itself where it is no JSON with one. */
export function engineMessage(text: string): string {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null && 'message' in parsed) return String(parsed.message);
  } catch {
    // Not JSON: a proxy between, or an Engine that speaks plain text, as it does to http on its TLS port.
  }
  return text;
}
