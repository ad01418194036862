import { describe, expect, it } from 'vitest';
import { answerable } from '../../../src/docker/containers/container-filters.ts';
import { filtersKey, parseEngineFilters } from '../../../src/domain/engine-filters.ts';

describe("the Engine's filters", () => {
  it('are read in both of their forms', () => {
    expect(parseEngineFilters('{"status":["running","paused"],"label":[]}')).toEqual({
      status: ['running', 'paused'],
    });
    expect(parseEngineFilters('{"status":{"running":true,"paused":false}}')).toEqual({ status: ['running'] });
    expect(parseEngineFilters('{}')).toEqual({});
  });

  it('say what is wrong with what is none', () => {
    for (const text of [
      '',
      'x',
      '[]',
      'null',
      '{"a":1}',
      '{"a":[1]}',
      '{"a":"b"}',
      '{"a":{"b":1}}',
      '{"a":null}',
    ]) {
      expect(() => parseEngineFilters(text), text).toThrow(
        expect.objectContaining({
          code: 'VALIDATION_FAILED',
          errors: [expect.objectContaining({ path: 'filters' })],
        }),
      );
    }
  });

  it('have one key for all spellings that mean the same', () => {
    expect(filtersKey({ b: ['2', '1', '2'], a: ['x'], c: [] })).toBe('{"a":["x"],"b":["1","2"]}');
    expect(filtersKey({})).toBe('{}');
  });

  it('go to the Engine when only it can answer or refuse', () => {
    for (const filters of [
      { ancestor: ['busybox'] },
      { status: ['no-such-status'] },
      { health: ['fine'] },
      { exited: ['x'] },
      { name: ['[a-z]+'] },
      { id: ['abc'] },
      { foo: ['bar'] },
      { constructor: ['x'] },
      { label: ['a'], before: ['b'] },
    ]) {
      expect(answerable(filters), JSON.stringify(filters)).toBeNull();
    }
    expect(answerable({})).not.toBeNull();
    expect(answerable({ ancestor: [] })).not.toBeNull();
  });
});
