import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { BenchCase, BenchContext } from './case.ts';
import { reached } from './case.ts';
import { CASES } from './cases.ts';
import { createContext } from './context.ts';
import { currentEnvironment } from './environment.ts';
import { figureText, type Row, rowOf, summary, updateReport } from './report.ts';

const USAGE = `npm run bench -- [options] [case...]

  --engine=<version>  measure on that Engine of the test bed (20.10, 26.1) instead of one started for the run
  --short             shorter waits, to try a case out; docs/performance.md is not touched
  --strict            exit status 1 when a target is missed
  --cpu-prof          the server writes CPU profiles to .cache/bench when it ends
  --list              the names of the cases`;

const REPORT = fileURLToPath(new URL('../../docs/performance.md', import.meta.url));
const PROFILES = fileURLToPath(new URL('../../.cache/bench', import.meta.url));

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      engine: { type: 'string' },
      short: { type: 'boolean', default: false },
      strict: { type: 'boolean', default: false },
      'cpu-prof': { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help || values.list) {
    console.log(values.help ? USAGE : CASES.map((one) => `${one.name.padEnd(28)}${one.path}`).join('\n'));
    return 0;
  }
  const chosen = choose(positionals);
  if (values['cpu-prof']) mkdirSync(PROFILES, { recursive: true });
  await using context = await createContext({
    short: values.short,
    engineName: values.engine,
    nodeArguments: values['cpu-prof'] ? ['--cpu-prof', `--cpu-prof-dir=${PROFILES}`] : [],
  });
  const { rows, broken } = await measure(chosen, context);
  if (!values.short) {
    updateReport(
      REPORT,
      rows,
      CASES.map((one) => one.name),
    );
  }
  const checks = rows.flatMap((row) =>
    Object.entries(row.targets).map(([check, target]) =>
      reached(row.measurement.checks[check] ?? Number.NaN, target),
    ),
  );
  const missed = checks.filter((ok) => !ok).length;
  console.log(`${checks.length - missed} reached, ${missed} missed, ${broken} cases could not be measured`);
  // A case that cannot be measured is a defect; a target missed on a busy machine need not be one.
  return broken > 0 || (values.strict && missed > 0) ? 1 : 0;
}

function choose(names: readonly string[]): BenchCase[] {
  const unknown = names.filter((name) => !CASES.some((one) => one.name === name));
  if (unknown.length > 0) throw new Error(`No case is called ${unknown.join(', ')}; see --list`);
  return CASES.filter((one) => names.length === 0 || names.includes(one.name));
}

async function measure(
  cases: readonly BenchCase[],
  context: BenchContext,
): Promise<{ rows: Row[]; broken: number }> {
  const environment = await currentEnvironment(context.engine);
  const rows: Row[] = [];
  let broken = 0;
  for (const one of cases) {
    console.log(`${one.name}: ${one.path}`);
    const began = performance.now();
    try {
      const row = rowOf(one, await one.run(context), environment);
      rows.push(row);
      for (const [side, figures] of Object.entries(row.measurement.figures)) {
        context.note(`${side}: ${figures.map(figureText).join(', ')}`);
      }
      for (const line of summary(row)) context.note(line);
    } catch (error) {
      broken += 1;
      console.error(`${one.name} could not be measured:`, error);
    }
    context.note(`took ${((performance.now() - began) / 1000).toFixed(1)} s`);
  }
  return { rows, broken };
}

process.exitCode = await main();
