import type { LogBatch, LogGap } from '../../domain/log-line.ts';
import type { Policy } from '../streams/mailbox.ts';

/** Lines as all readers of a log share them. */
export interface SharedLines {
  readonly lines: LogBatch;
  /** Of their text. */
  readonly bytes: number;
}

export interface LogQueueOptions {
  readonly maxLines: number;
  readonly maxBytes: number;
}

/**
 * A reader too slow misses lines in the middle: it keeps a stretch of what waited for it first and a stretch of the newest, with
 * one gap between them. So it reads on without a hole for a while, and is never left without the last lines.
 */
export function keepEnds({ maxLines, maxBytes }: LogQueueOptions): Policy<SharedLines, SharedLines | LogGap> {
  return () => {
    let first = createStretch();
    let newest = createStretch();
    let lost: Size = { lines: 0, bytes: 0 };

    function isOver(share: number, ...sizes: readonly Size[]): boolean {
      const lines = sizes.reduce((sum, size) => sum + size.lines, 0);
      const bytes = sizes.reduce((sum, size) => sum + size.bytes, 0);
      return lines > maxLines * share || bytes > maxBytes * share;
    }

    return {
      push(more) {
        const size = { lines: more.lines.length, bytes: more.bytes };
        const early = newest.length === 0 && (first.length === 0 || !isOver(0.5, first, size));
        (early ? first : newest).push(more);
        while (newest.length > 1 && isOver(1, first, newest)) {
          const dropped = newest.shift() as SharedLines;
          lost = { lines: lost.lines + dropped.lines.length, bytes: lost.bytes + dropped.bytes };
        }
      },
      take() {
        if (first.length === 0 && newest.length > 0) {
          if (lost.lines > 0) {
            const gap = lost;
            lost = { lines: 0, bytes: 0 };
            return { item: { gap } };
          }
          [first, newest] = [newest, first];
        }
        const item = first.shift();
        return item === undefined ? undefined : { item };
      },
    };
  };
}

interface Size {
  readonly lines: number;
  readonly bytes: number;
}

/** Items in the order in which they came. */
interface Stretch extends Size {
  readonly length: number;
  push(more: SharedLines): void;
  shift(): SharedLines | undefined;
}

function createStretch(): Stretch {
  const queue: SharedLines[] = [];
  let lines = 0;
  let bytes = 0;
  return {
    get length() {
      return queue.length;
    },
    get lines() {
      return lines;
    },
    get bytes() {
      return bytes;
    },
    push(more) {
      queue.push(more);
      lines += more.lines.length;
      bytes += more.bytes;
    },
    shift() {
      const item = queue.shift();
      if (item !== undefined) {
        lines -= item.lines.length;
        bytes -= item.bytes;
      }
      return item;
    },
  };
}
