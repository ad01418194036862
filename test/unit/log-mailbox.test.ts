import { describe, expect, it } from 'vitest';
import { keepWaiting, type SharedLines } from '../../src/docker/log-mailbox.ts';

function lines(count: number, bytes = count): SharedLines {
  const one = { stream: 'stdout' as const, time: '', line: '' };
  return { lines: Array.from({ length: count }, () => one), bytes };
}

describe('what waits for a reader of a log', () => {
  it('is kept as it came when it is little', () => {
    const mailbox = keepWaiting({ maxLines: 10, maxBytes: 100 })();
    const [a, b] = [lines(3), lines(4)];
    mailbox.push(a);
    mailbox.push(b);
    expect([mailbox.take()?.item, mailbox.take()?.item, mailbox.take()]).toEqual([a, b, undefined]);
  });

  it('keeps the oldest, and tells with one gap what came while it was full', () => {
    const mailbox = keepWaiting({ maxLines: 10, maxBytes: 100 })();
    for (let index = 0; index < 5; index += 1) mailbox.push(lines(4, 8));
    expect(mailbox.take()?.item).toEqual(lines(4, 8));
    // Half of it has room again.
    mailbox.push(lines(2));
    expect([mailbox.take()?.item, mailbox.take()?.item, mailbox.take()?.item]).toEqual([
      lines(4, 8),
      { gap: { lines: 12, bytes: 24 } },
      lines(2),
    ]);
    expect(mailbox.take()).toBeUndefined();
  });

  it('goes on missing until it is half empty, so that gaps are few', () => {
    const mailbox = keepWaiting({ maxLines: 10, maxBytes: 100 })();
    for (let index = 0; index < 5; index += 1) mailbox.push(lines(2));
    mailbox.push(lines(1));
    mailbox.take();
    mailbox.push(lines(1));
    for (let index = 0; index < 4; index += 1) expect(mailbox.take()?.item).toEqual(lines(2));
    expect(mailbox.take()?.item).toEqual({ gap: { lines: 2, bytes: 2 } });
  });

  it('is bounded by bytes too, but takes one piece whatever its size', () => {
    const mailbox = keepWaiting({ maxLines: 1_000, maxBytes: 100 })();
    mailbox.push(lines(1, 5_000));
    mailbox.push(lines(1, 1));
    expect([mailbox.take()?.item, mailbox.take()?.item]).toEqual([
      lines(1, 5_000),
      { gap: { lines: 1, bytes: 1 } },
    ]);
  });
});
