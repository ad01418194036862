import { isUtf8 } from 'node:buffer';

/** Keeps the first so many bytes of an output, in one piece however small the pieces that come. */
export interface OutputCollector {
  add(bytes: Uint8Array): void;
  /** What was kept, up to the last whole character where it is text that was cut; `null` when it is not UTF-8. */
  text(): Buffer | null;
  bytes(): Buffer;
  /** Whether more came than was kept. */
  readonly truncated: boolean;
}

const FIRST_BYTES = 4096;
/** A character has four bytes at most. */
const MAX_CUT = 3;

export function createOutputCollector(maxBytes: number): OutputCollector {
  let buffer = Buffer.alloc(0);
  let size = 0;
  let truncated = false;

  function grow(needed: number): void {
    if (needed <= buffer.byteLength) return;
    const grown = Buffer.allocUnsafe(
      Math.min(maxBytes, Math.max(needed, buffer.byteLength * 2, FIRST_BYTES)),
    );
    buffer.copy(grown, 0, 0, size);
    buffer = grown;
  }

  return {
    add(bytes) {
      const kept = bytes.subarray(0, maxBytes - size);
      truncated ||= kept.byteLength < bytes.byteLength;
      grow(size + kept.byteLength);
      buffer.set(kept, size);
      size += kept.byteLength;
    },
    text() {
      const kept = buffer.subarray(0, size);
      for (let cut = 0; cut <= (truncated ? Math.min(MAX_CUT, size) : 0); cut += 1) {
        const whole = kept.subarray(0, size - cut);
        if (isUtf8(whole)) return whole;
      }
      return null;
    },
    bytes: () => buffer.subarray(0, size),
    get truncated() {
      return truncated;
    },
  };
}
