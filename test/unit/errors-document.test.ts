import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { errorsDocument } from '../../scripts/errors-document.ts';
import { ERROR_CATALOGUE } from '../../src/domain/errors.ts';

describe('docs/errors.md', () => {
  const committed = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');

  it('is what `npm run errors:write` makes of the catalogue', () => {
    expect(committed).toBe(errorsDocument());
  });

  it('names every code once, with a meaning and a remedy that are sentences', () => {
    for (const [code, { title, remedy }] of Object.entries(ERROR_CATALOGUE)) {
      expect(committed.split(`\`${code}\` |`), code).toHaveLength(2);
      expect(title, code).toMatch(/^[A-Z`].*\.$/);
      expect(remedy, code).toMatch(/^[A-Z`].*\.$/);
    }
  });
});
