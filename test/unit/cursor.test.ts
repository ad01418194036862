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
  it('gives back every key that was put in, and needs no escaping in a URL', () => {
    const property = fc.property(key, (values) => {
      const cursor = encodeCursor('audit', values);
      const patterns = values.map(() => ANY);
      expect(cursor).toMatch(/^[A-Za-z0-9_-]+$/);
      expect(decodeCursor('audit', cursor, patterns)).toEqual(values);
    });
    expect(fc.check(property)).toMatchObject({ failed: false });
  });

  it('of another list is refused', () => {
    const property = fc.property(key, (values) => {
      const patterns = values.map(() => ANY);
      return refused('tokens', encodeCursor('audit', values), patterns);
    });
    expect(fc.check(property)).toMatchObject({ failed: false });
  });

  it('whose key has another length or form is refused', () => {
    const cursor = encodeCursor('audit', ['12']);
    expect(refused('audit', cursor, [])).toBe(true);
    expect(refused('audit', cursor, [ANY, ANY])).toBe(true);
    expect(refused('audit', cursor, [/^[a-z]+$/])).toBe(true);
    expect(refused('audit', encodeCursor('audit', ['x'.repeat(2000)]), [ANY])).toBe(true);
  });

  it('made up by the caller is refused, and nothing else is thrown', () => {
    const property = fc.property(fc.string(), (text) => refused('audit', text, [/^\d+$/]));
    expect(fc.check(property)).toMatchObject({ failed: false });
    const forged = ['null', '{}', '[1]', '["audit", 5]', '["audit"', '"audit"'];
    for (const text of forged) {
      expect(refused('audit', Buffer.from(text).toString('base64url'), [ANY])).toBe(true);
    }
  });
});
