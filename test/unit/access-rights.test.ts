import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exceeds, type Grant, isPermission, permits } from '../../src/domain/access.ts';
import { operationNames, ROLES } from '../../src/domain/operations.ts';

const whole: Grant = { role: 'admin', permissions: null, hosts: null, stacks: null, projects: null };

const names = (...all: string[]) => fc.option(fc.subarray(all, { minLength: 0 }), { nil: null });
const grants: fc.Arbitrary<Grant> = fc.record({
  role: fc.constantFrom(...ROLES),
  permissions: names('containers.*', 'containers.list', 'containers.start', 'access.*', 'system.info'),
  hosts: names('local', 'build'),
  stacks: names('shop', 'blog'),
  projects: names('one', 'two'),
});

describe('A grant', () => {
  it('never exceeds itself, nor one without narrowing', () => {
    fc.assert(
      fc.property(grants, (grant) => {
        expect(exceeds(grant, grant)).toBeNull();
        expect(exceeds(whole, grant)).toBeNull();
      }),
    );
  });

  it('that does not exceed another permits nothing that the other does not', () => {
    fc.assert(
      fc.property(grants, grants, (outer, inner) => {
        if (exceeds(outer, inner) !== null) return;
        for (const name of operationNames()) {
          if (permits(inner, name)) expect(permits(outer, name)).toBe(true);
        }
        for (const scope of ['hosts', 'stacks', 'projects'] as const) {
          if (outer[scope] === null) continue;
          expect(inner[scope]).not.toBeNull();
          for (const name of inner[scope] ?? []) expect(outer[scope]).toContain(name);
        }
      }),
    );
  });

  it('passes on: what does not exceed a part does not exceed the whole', () => {
    fc.assert(
      fc.property(grants, grants, grants, (a, b, c) => {
        if (exceeds(a, b) === null && exceeds(b, c) === null) expect(exceeds(a, c)).toBeNull();
      }),
    );
  });
});

describe('A permission', () => {
  it.each(['containers.start', 'containers.*', 'containers.exec.*'])('may be %s', (pattern) => {
    expect(isPermission(pattern)).toBe(true);
  });

  it.each(['*', 'containers', 'containers.', 'containers.sta*', '.*', 'ships.*', ''])(
    'may not be "%s"',
    (pattern) => {
      expect(isPermission(pattern)).toBe(false);
    },
  );
});
