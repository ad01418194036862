import { describe, expect, it } from 'vitest';
import { shareTitledSchemas } from '../../src/http/documents/components.ts';
import { assertIfMatch, etagOf, isUnchanged } from '../../src/http/etag.ts';
import { canonicalJson } from '../../src/http/idempotency-seal.ts';
import { RouteTable } from '../../src/http/route-table.ts';

describe('An ETag', () => {
  it('is strong, and equal for equal states only', () => {
    expect(etagOf('a', 1, null)).toMatch(/^"[\w-]+"$/);
    expect(etagOf('a', 1, null)).toBe(etagOf('a', 1, null));
    expect(etagOf('a', 1, null)).not.toBe(etagOf('a', '1', null));
    expect(etagOf('ab', 'c')).not.toBe(etagOf('a', 'bc'));
  });

  it('holds back a change to another state', () => {
    for (const header of [undefined, '*', '"now"', ' "old" , "now" ']) {
      expect(() => assertIfMatch(header, '"now"')).not.toThrow();
    }
    for (const header of ['"old"', 'W/"now"', ''])
      expect(() => assertIfMatch(header, '"now"')).toThrow('"now"');
  });

  it('tells a state that the caller has, weakly', () => {
    for (const header of ['*', '"now"', 'W/"now"', '"old", W/"now"'])
      expect(isUnchanged(header, '"now"')).toBe(true);
    for (const header of [undefined, '"old"', '']) expect(isUnchanged(header, '"now"')).toBe(false);
  });
});

describe('Canonical JSON', () => {
  it('is equal for equal values, whatever the order of their members', () => {
    expect(canonicalJson({ b: [{ d: 1, c: 2 }], a: null })).toBe('{"a":null,"b":[{"c":2,"d":1}]}');
    expect(canonicalJson([2, 1])).toBe('[2,1]');
    expect(canonicalJson(undefined)).toBe('');
  });
});

describe('The table of routes', () => {
  it('finds the methods of a path, whatever stands in the place of its parameters', () => {
    const table = new RouteTable();
    table.add('/things/:id', ['GET']);
    table.add('/things/:id', ['DELETE']);
    table.add('/things/prune', ['POST']);
    table.add('/files/*', ['PUT']);
    table.add('/a.b', ['GET']);
    expect(table.methodsOf('/things/x%2Fy')).toEqual(['DELETE', 'GET']);
    expect(table.methodsOf('/things/prune')).toEqual(['DELETE', 'GET', 'POST']);
    expect(table.methodsOf('/files/a/b')).toEqual(['PUT']);
    expect(table.methodsOf('/things/x/y')).toEqual([]);
    expect(table.methodsOf('/axb')).toEqual([]);
  });
});

describe('Schemas with a title', () => {
  const thing = { title: 'Thing', type: 'object', properties: { title: { type: 'string' } } };

  it('stand once, under their title, also within each other', () => {
    const list = { title: 'Things', type: 'array', items: thing };
    const document = {
      openapi: '3.1.0',
      paths: { '/a': { schema: thing }, '/b': { schema: list } },
      components: { x: 1 },
    };
    expect(shareTitledSchemas(document)).toEqual({
      openapi: '3.1.0',
      paths: {
        '/a': { schema: { $ref: '#/components/schemas/Thing' } },
        '/b': { schema: { $ref: '#/components/schemas/Things' } },
      },
      components: {
        x: 1,
        schemas: { Thing: thing, Things: { ...list, items: { $ref: '#/components/schemas/Thing' } } },
      },
    });
  });

  it('that differ cannot have one title', () => {
    const other = { ...thing, description: 'Another' };
    expect(() => shareTitledSchemas({ paths: { a: thing, b: other } })).toThrow('"Thing"');
  });
});
