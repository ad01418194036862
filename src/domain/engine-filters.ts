import { FairleadError } from './errors.ts';

/** Filters in the Engine's sense: each name with the values of which one must fit (all, for `label`). */
export type EngineFilters = Readonly<Record<string, readonly string[]>>;

/**
 * Reads the Engine's `filters` parameter: `{"status":["running"]}`, or the older `{"status":{"running":true}}`.
 *
 * @throws FairleadError VALIDATION_FAILED
 */
export function parseEngineFilters(text: string): EngineFilters {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw invalid('is not JSON', cause);
  }
  if (!isRecord(parsed)) throw invalid('is an object such as {"status":["running"]}');
  const filters = Object.entries(parsed).map(([name, values]) => {
    const list = valuesOf(values);
    if (list === undefined) throw invalid(`"${name}" is a list of strings`);
    return [name, list] as const;
  });
  return Object.fromEntries(filters.filter(([, list]) => list.length > 0));
}

function valuesOf(values: unknown): readonly string[] | undefined {
  if (Array.isArray(values)) return values.every((value) => typeof value === 'string') ? values : undefined;
  if (!isRecord(values)) return undefined;
  const entries = Object.entries(values);
  if (!entries.every(([, on]) => typeof on === 'boolean')) return undefined;
  return entries.filter(([, on]) => on).map(([value]) => value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(message: string, cause?: unknown): FairleadError {
  return new FairleadError('VALIDATION_FAILED', `The parameter filters ${message}.`, {
    errors: [{ path: 'filters', message }],
    cause,
  });
}

/** The same filters in one spelling: names and values in order, each once. Equal filters give equal text. */
export function filtersKey(filters: EngineFilters): string {
  const entries = Object.entries(filters)
    .filter(([, values]) => values.length > 0)
    .map(([name, values]) => [name, [...new Set(values)].sort()] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(Object.fromEntries(entries));
}
