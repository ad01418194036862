import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeCursor, encodeCursor } from '../../src/domain/cursor.ts';
import { isFairleadError } from '../../src/domain/errors.ts';

const ANY = /^/;
const key = fc.array(fc.string({ unit: 'grapheme', maxLength: 40 }), { maxLength: 4 });

function refused(list: string, cursor: string, patterns: readonly RegExp[]): boolean {
  try {
    decodeCursor(list, cursor, patterns);
    return false;
  } catch (error) {
    return isFairleadError(error, 'INVALID_CURSOR');
  }
}

describe('A cursor', () => {
  it('gives back every key that was put in', () => {
    fc.assert(
      fc.property(key, (values) => {
        const patterns = values.map(() => ANY);
        expect(decodeCursor('audit', encodeCursor('audit', values), patterns)).toEqual(values);
      }),
    );
  });

  it('needs no escaping in a URL', () => {
    fc.assert(fc.property(key, (values) => /^[A-Za-z0-9_-]+$/.test(encodeCursor('audit', values))));
  });

  it('of another list is refused', () => {
    fc.assert(
      fc.property(key, (values) =>
        refused(
          'tokens',
          encodeCursor('audit', values),
          values.map(() => ANY),
        ),
      ),
    );
  });

  it('whose key has another length or form is refused', () => {
    const cursor = encodeCursor('audit', ['12']);
    expect(refused('audit', cursor, [])).toBe(true);
    expect(refused('audit', cursor, [ANY, ANY])).toBe(true);
    expect(refused('audit', cursor, [/^[a-z]+$/])).toBe(true);
    expect(refused('audit', encodeCursor('audit', ['x'.repeat(2000)]), [ANY])).toBe(true);
  });

  it('made up by the caller is refused, and nothing else is thrown', () => {
    fc.assert(fc.property(fc.string(), (text) => refused('audit', text, [/^\d+$/])));
    const forged = ['null', '{}', '[1]', '["audit", 5]', '["audit"', '"audit"'];
    for (const text of forged) {
      expect(refused('audit', Buffer.from(text).toString('base64url'), [ANY])).toBe(true);
    }
  });
});
