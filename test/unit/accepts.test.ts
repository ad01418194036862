import { describe, expect, it } from 'vitest';
import { accepts } from '../../src/http/accepts.ts';

const TYPES = ['application/json', 'application/octet-stream', 'text/plain'] as const;
const choose = (accept?: string) => accepts({ headers: accept === undefined ? {} : { accept } }, TYPES);

describe('the choice of a media type', () => {
  it.each([
    [undefined, 'application/json'],
    ['*/*', 'application/json'],
    ['application/octet-stream', 'application/octet-stream'],
    ['text/*', 'text/plain'],
    ['text/html, application/*;q=0.5', 'application/json'],
    ['application/json;q=0.2, text/plain;q=0.9', 'text/plain'],
    ['application/json;q=0, */*', 'application/octet-stream'],
    ['Text/Plain;charset=utf-8', 'text/plain'],
  ])('answers %s with %s', (accept, type) => {
    expect(choose(accept)).toBe(type);
  });

  it('refuses what it cannot answer', () => {
    expect(() => choose('image/png')).toThrow(expect.objectContaining({ code: 'NOT_ACCEPTABLE' }));
    expect(() => choose('application/json;q=0')).toThrow();
  });
});
