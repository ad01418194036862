import type { OutputChannel } from '../../domain/exec.ts';

/** Keeps the last bytes of an output, each with its channel, in a bounded piece of memory. */
export interface ReplayBuffer {
  add(channel: OutputChannel, bytes: Uint8Array): void;
  /** What is kept, oldest first; copies, in pieces of 64 KiB at most. */
  pieces(): [OutputChannel, Uint8Array][];
  /** Gives memory back that is not used. To be called when nothing more comes. */
  trim(): void;
}

/** Bytes of one channel that follow one another. */
interface Run {
  readonly channel: OutputChannel;
  bytes: number;
}

const FIRST_BYTES = 16 * 1024;
const PIECE_BYTES = 64 * 1024;
/** Output that goes back and forth between channels byte by byte would cost more in runs than in bytes. */
const MAX_RUNS = 32 * 1024;

/** A ring of `capacity` bytes, which begins small and grows as it is filled. */
export function createReplayBuffer(capacity: number): ReplayBuffer {
  let ring = Buffer.alloc(Math.min(FIRST_BYTES, capacity));
  /** Where the oldest byte is. */
  let start = 0;
  let size = 0;
  let runs: Run[] = [];
  let firstRun = 0;

  function relocate(length: number): void {
    const moved = Buffer.allocUnsafe(length);
    const tail = Math.min(size, ring.byteLength - start);
    ring.copy(moved, 0, start, start + tail);
    ring.copy(moved, tail, 0, size - tail);
    ring = moved;
    start = 0;
  }

  function forget(count: number): void {
    let left = count;
    while (left > 0) {
      const run = runs[firstRun];
      if (run === undefined) return;
      const taken = Math.min(left, run.bytes);
      run.bytes -= taken;
      left -= taken;
      size -= taken;
      start = (start + taken) % ring.byteLength;
      if (run.bytes === 0) firstRun += 1;
    }
    if (firstRun > MAX_RUNS) {
      runs = runs.slice(firstRun);
      firstRun = 0;
    }
  }

  function append(bytes: Uint8Array): void {
    const end = (start + size) % ring.byteLength;
    const head = Math.min(bytes.byteLength, ring.byteLength - end);
    ring.set(bytes.subarray(0, head), end);
    ring.set(bytes.subarray(head), 0);
    size += bytes.byteLength;
  }

  return {
    add(channel, added) {
      const bytes = added.byteLength > capacity ? added.subarray(added.byteLength - capacity) : added;
      const needed = size + bytes.byteLength;
      if (needed > ring.byteLength && ring.byteLength < capacity) {
        relocate(Math.min(capacity, Math.max(needed, ring.byteLength * 2)));
      }
      if (needed > ring.byteLength) forget(needed - ring.byteLength);
      append(bytes);
      const last = runs.at(-1);
      if (last?.channel === channel && runs.length > firstRun) last.bytes += bytes.byteLength;
      else runs.push({ channel, bytes: bytes.byteLength });
      if (runs.length - firstRun > MAX_RUNS) forget(runs[firstRun]?.bytes ?? 0);
    },
    pieces() {
      const pieces: [OutputChannel, Uint8Array][] = [];
      let at = start;
      for (const { channel, bytes } of runs.slice(firstRun)) {
        for (let left = bytes; left > 0; ) {
          const taken = Math.min(left, PIECE_BYTES, ring.byteLength - at);
          pieces.push([channel, Buffer.from(ring.subarray(at, at + taken))]);
          at = (at + taken) % ring.byteLength;
          left -= taken;
        }
      }
      return pieces;
    },
    trim() {
      relocate(Math.max(size, 1));
    },
  };
}
