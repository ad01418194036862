import type { LogBatch, LogGap } from '../domain/log-line.ts';
import type { Policy } from './mailbox.ts';

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
 * A reader too slow keeps what waits for it and misses what comes then, until it has read half: so it sees stretches without a
 * hole, and between two of them one gap with all that it missed.
 */
export function keepWaiting(options: LogQueueOptions): Policy<SharedLines, SharedLines | LogGap> {
  const { maxLines, maxBytes } = options;
  return () => {
    const queue: (SharedLines | LogGap)[] = [];
    let lines = 0;
    let bytes = 0;
    let lost: { readonly lines: number; readonly bytes: number } | undefined;

    function fits(more: SharedLines): boolean {
      if (queue.length === 0) return true;
      if (lost !== undefined) return lines <= maxLines / 2 && bytes <= maxBytes / 2;
      return lines + more.lines.length <= maxLines && bytes + more.bytes <= maxBytes;
    }

    return {
      push(more) {
        if (!fits(more)) {
          lost = {
            lines: (lost?.lines ?? 0) + more.lines.length,
            bytes: (lost?.bytes ?? 0) + more.bytes,
          };
          return;
        }
        if (lost !== undefined) queue.push({ gap: lost });
        lost = undefined;
        queue.push(more);
        lines += more.lines.length;
        bytes += more.bytes;
      },
      take() {
        const item = queue.shift();
        if (item !== undefined) {
          if ('lines' in item) {
            lines -= item.lines.length;
            bytes -= item.bytes;
          }
          return { item };
        }
        if (lost === undefined) return undefined;
        const gap: LogGap = { gap: lost };
        lost = undefined;
        return { item: gap };
      },
    };
  };
}
