import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isFairleadError } from '../../src/domain/errors.ts';
import { formatImageReference, parseImageReference } from '../../src/domain/image-reference.ts';

const digest = `sha256:${'a'.repeat(64)}`;

describe('the name of an image', () => {
  it.each([
    ['busybox', null, 'busybox', null, null],
    ['busybox:1.36', null, 'busybox', '1.36', null],
    ['library/busybox', null, 'library/busybox', null, null],
    ['localhost/app', 'localhost', 'app', null, null],
    ['127.0.0.1:5000/team/app:v1', '127.0.0.1:5000', 'team/app', 'v1', null],
    ['[::1]:5000/app', '[::1]:5000', 'app', null, null],
    ['Registry.example.org/app', 'Registry.example.org', 'app', null, null],
    [`app@${digest}`, null, 'app', null, digest],
    [`r.example.org/a__b/c-d/e.f:2@${digest}`, 'r.example.org', 'a__b/c-d/e.f', '2', digest],
    ['a---b', null, 'a---b', null, null],
  ])('%s is taken apart', (text, registry, path, tag, found) => {
    expect(parseImageReference(text, 'body/image')).toEqual({ registry, path, tag, digest: found });
  });

  it.each([
    ['', 'has no name'],
    [':tag', 'has no name'],
    ['App', 'capital letters; write "app"'],
    ['a/b/C', 'capital letters; write "c"'],
    ['app:', 'the tag ""'],
    ['app:-x', 'the tag "-x"'],
    [`app:${'x'.repeat(129)}`, 'the tag'],
    ['app@sha256:abc', 'the digest "sha256:abc"'],
    [`app@${digest}@${digest}`, 'more than one @'],
    ['a//b', 'two slashes'],
    ['a/', 'two slashes follow each other, or one stands at an end'],
    ['-a.b/app', 'the registry "-a.b"'],
    ['a b', 'the name "a b"'],
    ['a..b', 'the name "a..b"'],
    ['a___b', 'the name "a___b"'],
    ['x'.repeat(256), 'longer than 255'],
    ['f'.repeat(64), 'is the id of an image'],
  ])('%j is refused, and told why', (text, why) => {
    try {
      parseImageReference(text, 'body/repository');
      expect.unreachable();
    } catch (error) {
      if (!isFairleadError(error, 'VALIDATION_FAILED')) throw error;
      expect(error.errors[0]?.path).toBe('body/repository');
      expect(error.errors[0]?.message).toContain(why);
    }
  });

  it('is written with the tag that a missing one stands for', () => {
    expect(formatImageReference(parseImageReference('a/b', 'x'))).toBe('a/b:latest');
    expect(formatImageReference(parseImageReference('h:1/a:2', 'x'))).toBe('h:1/a:2');
    expect(formatImageReference(parseImageReference(`a@${digest}`, 'x'))).toBe(`a@${digest}`);
  });

  it('either is refused or is the same when it is written and read again', () => {
    const part = fc.stringMatching(/^[a-zA-Z0-9._:/@-]{0,20}$/);
    fc.assert(
      fc.property(fc.array(part, { maxLength: 4 }), (parts) => {
        const text = parts.join('/');
        let first: ReturnType<typeof parseImageReference>;
        try {
          first = parseImageReference(text, 'x');
        } catch (error) {
          expect(isFairleadError(error, 'VALIDATION_FAILED')).toBe(true);
          return;
        }
        const again = parseImageReference(formatImageReference(first), 'x');
        expect({ ...again, tag: first.tag }).toEqual(first);
      }),
    );
  });
});
