import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { type BenchCase, type Figure, type Measurement, reached, type Target, type Unit } from './case.ts';
import type { Environment } from './environment.ts';

/** One case, measured. */
export interface Row {
  readonly name: string;
  readonly path: string;
  readonly against: string;
  readonly targets: Readonly<Record<string, Target>>;
  readonly measurement: Measurement;
  readonly environment: Environment;
  /** ISO 8601. */
  readonly measuredAt: string;
}

/** The figures stand in the document itself, so that a run of some cases keeps the rows of the others. */
const RAW_BEGIN = '```json\n';
const RAW_END = '\n```\n';

export function rowOf(
  { name, path, against, targets }: BenchCase,
  measurement: Measurement,
  environment: Environment,
): Row {
  return { name, path, against, targets, measurement, environment, measuredAt: new Date().toISOString() };
}

/** The rows of a document that `render` wrote. */
export function parse(document: string): Row[] {
  const begin = document.lastIndexOf(RAW_BEGIN);
  if (begin < 0) return [];
  return JSON.parse(document.slice(begin + RAW_BEGIN.length, document.lastIndexOf(RAW_END))) as Row[];
}

/**
 * New rows in the place of old ones of the same name, in the order of `names`; rows of cases that there are no more are left
 * out.
 */
export function merge(old: readonly Row[], fresh: readonly Row[], names: readonly string[]): Row[] {
  return names.flatMap(
    (name) => fresh.find((row) => row.name === name) ?? old.find((row) => row.name === name) ?? [],
  );
}

/** Brings the document up to date with what was measured. */
export function updateReport(file: string, fresh: readonly Row[], names: readonly string[]): void {
  const old = existsSync(file) ? parse(readFileSync(file, 'utf8')) : [];
  writeFileSync(file, render(merge(old, fresh, names)));
}

/** The whole document. */
export function render(rows: readonly Row[]): string {
  const environments = distinct(rows.map((row) => JSON.stringify(row.environment)));
  const several = environments.length > 1;
  const header = ['what', 'against', 'target', 'measured', ''];
  const results = rows.flatMap((row) =>
    Object.entries(row.targets).map(([check, target]) => {
      const value = row.measurement.checks[check] ?? Number.NaN;
      const what = check === '' ? row.path : `${row.path}: ${check}`;
      const limit = `${target.op === '<=' ? 'at most' : 'at least'} ${quantity(target.limit, target.unit)}`;
      return [
        what,
        row.against,
        limit,
        quantity(value, target.unit),
        reached(value, target) ? 'ok' : '**missed**',
      ];
    }),
  );
  const figures = rows.flatMap((row) =>
    Object.entries(row.measurement.figures).map(([side, values]) => [
      `\`${row.name}\``,
      side,
      values.map(figureText).join(', '),
      row.measuredAt.slice(0, 16).replace('T', ' '),
      ...(several ? [String(environments.indexOf(JSON.stringify(row.environment)) + 1)] : []),
    ]),
  );
  return [
    '# Performance',
    '',
    'Written by `npm run bench`; `npm run bench -- <case>` measures one case again and leaves the other rows as they are. Both',
    'sides of a row are measured in turns within one run, from one client process with the same client code; a ratio is the median',
    'over the turns. The server runs as it is built, in a process of its own, with the embedded database where nothing else is said.',
    'Memory is resident memory. 1 MB is 10⁶ bytes where bytes a second are meant, 2²⁰ where memory is.',
    '',
    table(header, results),
    '',
    '## Raw figures',
    '',
    table(['case', 'side', 'figures', 'measured (UTC)', ...(several ? ['on'] : [])], figures),
    '',
    '## Measured on',
    '',
    ...environments.map((text, index) =>
      machine(JSON.parse(text) as Environment, several ? `${index + 1}. ` : ''),
    ),
    '',
    '## For programs',
    '',
    RAW_BEGIN.trimEnd(),
    JSON.stringify(rows, null, 1),
    RAW_END.trim(),
    '',
  ].join('\n');
}

/** One line for the terminal. */
export function summary(row: Row): string[] {
  return Object.entries(row.targets).map(([check, target]) => {
    const value = row.measurement.checks[check] ?? Number.NaN;
    const verdict = reached(value, target) ? 'ok    ' : 'MISSED';
    const label = check === '' ? row.name : `${row.name} (${check})`;
    return `${verdict} ${label}: ${quantity(value, target.unit)}, target ${target.op} ${quantity(target.limit, target.unit)}`;
  });
}

/** A figure with its name, such as `p50 0.21 ms`. */
export function figureText({ name, value, unit }: Figure): string {
  return `${name} ${quantity(value, unit)}`;
}

function quantity(value: number, unit: Unit): string {
  const digits = Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  const text = Number.isNaN(value) ? 'nothing' : value.toFixed(digits);
  return unit === '' ? text : unit === '%' ? `${text} %` : `${text} ${unit}`;
}

function machine(on: Environment, number: string): string {
  const parts = [
    `${on.cores} cores (${on.processor})`,
    `${on.memoryGiB} GiB`,
    `Linux ${on.kernel}`,
    `Node.js ${on.node}`,
    `Docker Engine ${on.engine}`,
    `docker CLI ${on.dockerCli}`,
    `PostgreSQL ${on.postgres}`,
  ];
  return `${number}${parts.join(', ')}`;
}

function table(header: readonly string[], lines: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...lines.map(line)].join('\n');
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
