/**
 * Checks every import of src/ against .dependency-cruiser.cjs, and that none of its files went unseen: with a compiler that
 * dependency-cruiser does not know, it finds no module at all and reports success.
 */
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { cruise, type ICruiseOptions, type ICruiseResult, type IFlattenedRuleSet } from 'dependency-cruiser';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';

const { forbidden, options } = createRequire(import.meta.url)('../.dependency-cruiser.cjs') as {
  forbidden: NonNullable<IFlattenedRuleSet['forbidden']>;
  options: ICruiseOptions;
};

const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => join('src', file));
const { output } = await cruise(
  ['src'],
  { ...options, ruleSet: { forbidden }, validate: true, outputType: 'json' },
  undefined,
  { tsConfig: extractTSConfig('tsconfig.json') },
);
const { summary, modules } = JSON.parse(output as string) as ICruiseResult;
const seen = new Set(modules.map((module) => module.source));
const unseen = files.filter((file) => !seen.has(file));
const edges = modules.reduce((sum, module) => sum + module.dependencies.length, 0);

for (const { rule, from, to, cycle } of summary.violations) {
  console.error(`${rule.name}: ${from} -> ${cycle?.map(({ name }) => name).join(' -> ') ?? to}`);
}
for (const file of unseen) console.error(`not checked: ${file}`);
console.log(
  `${files.length} files, ${edges} imports, ${summary.violations.length} forbidden, ${unseen.length} files unseen`,
);
process.exitCode = files.length === 0 || unseen.length > 0 || summary.violations.length > 0 ? 1 : 0;
