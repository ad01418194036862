import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { engineDetachKeys, readMark } from '../../../src/docker/exec/exec-mark.ts';
import { parseDetachKeys } from '../../../src/domain/detach-keys.ts';
import { createDetachWatch } from '../../../src/use-cases/exec/detach-watch.ts';

describe('detach keys', () => {
  it('are read in the spelling of the Engine', () => {
    expect([...parseDetachKeys('ctrl-p,ctrl-q')]).toEqual([0x10, 0x11]);
    expect([...parseDetachKeys('ctrl-@,a,Z,ctrl-[,ctrl-\\,ctrl-],ctrl-^,ctrl-_, ')]).toEqual([
      0, 97, 90, 27, 28, 29, 30, 31, 32,
    ]);
    for (const wrong of ['', 'ctrl-', 'ctrl-1', 'ctrl-A', 'ab', 'a,', 'ä', '\x01']) {
      expect(() => parseDetachKeys(wrong), wrong).toThrow(/neither a character/);
    }
  });

  it('are found in whatever pieces they come, and all else is sent on in its order', () => {
    const byte = fc.constantFrom(1, 2, 3);
    const keys = fc.array(byte, { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(keys, fc.array(fc.array(byte, { maxLength: 5 }), { maxLength: 8 }), (wanted, pieces) => {
        const watch = createDetachWatch(Uint8Array.from(wanted));
        const sent: number[] = [];
        let detached = false;
        for (const piece of pieces) {
          if (detached) break;
          const result = watch(Uint8Array.from(piece));
          sent.push(...result.bytes);
          detached = result.detached;
        }
        const typed = pieces.flat();
        const at = typed.findIndex((_, index) =>
          wanted.every((key, offset) => typed[index + offset] === key),
        );
        expect(detached).toBe(at !== -1);
        if (detached) expect(sent).toEqual(typed.slice(0, at));
        // What is held back begins the sequence.
        else expect([...sent, ...wanted.slice(0, typed.length - sent.length)]).toEqual(typed);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('the mark of an exec instance', () => {
  /** What the Engine makes of its spelling. */
  const asInspected = (keys: string) => parseDetachKeys(keys).toString('base64');

  it('comes back out of what the Engine tells of it', () => {
    const token = randomUUID();
    expect(readMark(asInspected(engineDetachKeys(token)))).toEqual({ token, detachKeys: Buffer.alloc(0) });
    expect(readMark(asInspected(engineDetachKeys(token, 'ctrl-x,y')))).toEqual({
      token,
      detachKeys: Buffer.of(0x18, 0x79),
    });
  });

  it('is not seen in what others have made', () => {
    for (const keys of [
      '',
      'EBE=',
      asInspected('ctrl-^,a,b'),
      asInspected(`ctrl-^,${[...'z'.repeat(32)].join()}`),
    ]) {
      expect(readMark(keys)).toBeNull();
    }
  });
});
