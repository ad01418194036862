/** What becomes of some input. */
export interface Watched {
  /** What is to be sent on. */
  readonly bytes: Uint8Array;
  /** Whether the keys have been typed; what came after them is dropped. */
  readonly detached: boolean;
}

/**
 * Looks for a sequence of keys in what is typed. As long as the last bytes may begin it, they are held back, and sent on with what
 * comes next.
 */
export function createDetachWatch(keys: Uint8Array): (input: Uint8Array) => Watched {
  let matched = 0;

  return (input) => {
    const sent: number[] = [];
    for (const byte of input) {
      if (byte === keys[matched]) {
        matched += 1;
        if (matched === keys.byteLength) return { bytes: Uint8Array.from(sent), detached: true };
      } else {
        // The shortest beginning goes out, and what is left of it may still begin the sequence.
        const held = [...keys.subarray(0, matched), byte];
        matched = overlap(keys, held);
        sent.push(...held.slice(0, held.length - matched));
      }
    }
    return { bytes: Uint8Array.from(sent), detached: false };
  };
}

/** How many of the last bytes of `held` begin `keys`. */
function overlap(keys: Uint8Array, held: readonly number[]): number {
  for (let length = Math.min(held.length, keys.byteLength - 1); length > 0; length -= 1) {
    if (held.slice(-length).every((byte, index) => byte === keys[index])) return length;
  }
  return 0;
}
