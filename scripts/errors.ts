/** Writes docs/errors.md from the catalogue of errors: npm run errors:write */
import { writeFileSync } from 'node:fs';
import { errorsDocument } from './errors-document.ts';

writeFileSync('docs/errors.md', errorsDocument());
