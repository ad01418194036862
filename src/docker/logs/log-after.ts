import { isoNano, parseInstant } from '../../domain/instant.ts';
import type { LogBatch, LogLine, LogMark } from '../../domain/log-line.ts';

/** Lets pass what comes after a place in a log, given all from some time before it. */
export interface AfterMark {
  take(lines: LogBatch): LogBatch;
  /** At the end: what was held back because the place could still have come. */
  rest(): LogBatch;
}

/** Two streams write their lines with times in an order that may differ by less than this from that of the log. */
const LOG_SKEW = 200_000_000n;

/** The time before which nothing can come after the mark. */
export function safelyBefore(mark: LogMark): bigint {
  const instant = parseInstant(mark.time, new Date(0)) ?? 0n;
  return instant > LOG_SKEW ? instant - LOG_SKEW : 0n;
}

/**
 * Goes by the order of the log and not by time alone, which two streams may not keep. When the place is not in the log any more
 * (rotated away), what is newer passes.
 */
export function afterMark(mark: LogMark): AfterMark {
  const limit = isoNano(safelyBefore(mark) + 2n * LOG_SKEW);
  let passed = false;
  let seen = 0;
  let held: LogLine[] = [];

  function pass(lines: LogBatch): LogBatch {
    passed = true;
    held = [];
    return lines;
  }

  return {
    take(lines) {
      if (passed) return lines;
      for (const [index, line] of lines.entries()) {
        const own = line.stream === mark.stream;
        if (own && line.time === mark.time) {
          seen += 1;
          if (seen === mark.count) return pass(lines.slice(index + 1));
        } else if (line.time > mark.time) {
          // A stream's own times only rise, so the place would have come by now.
          if (own || line.time > limit) return pass([...held, ...lines.slice(index)]);
          held.push(line);
        }
      }
      return [];
    },
    rest: () => pass(held),
  };
}
