import { CONTAINER_HEALTHS, CONTAINER_STATES, type ContainerSummary } from '../../domain/container.ts';
import type { EngineFilters } from '../../domain/engine-filters.ts';

type Test = (container: ContainerSummary) => boolean;

/**
 * What a filter makes of a container without the Engine; `null` for one that only the Engine can answer, or refuses. Each is
 * what the Engine does, its oddities too, so that it makes no difference who answers.
 */
const ANSWERS: Readonly<Record<string, (values: readonly string[]) => Test | null>> = {
  status: (values) =>
    within(values, CONTAINER_STATES) ? (container) => values.includes(container.state) : null,
  health: (values) =>
    within(values, CONTAINER_HEALTHS) ? (container) => values.includes(container.health) : null,
  exited: (values) => {
    if (!values.every((value) => /^-?\d{1,9}$/.test(value))) return null;
    const codes = new Set(values.map(Number));
    // One that never ran has no exit code to the Engine, whatever went wrong with its start.
    return ({ state, startedAt, exitCode }) =>
      startedAt !== null && RAN.has(state) && exitCode !== null && codes.has(exitCode);
  },
  label: (values) => {
    const wanted = values.map((value) => splitOnce(value, '='));
    return ({ labels }) =>
      wanted.every(([key, value]) => Object.hasOwn(labels, key) && (value === null || labels[key] === value));
  },
  name: (values) => {
    const patterns = patternsOf(values);
    if (patterns === null) return null;
    return ({ names }) =>
      names.some((name) => patterns.some((pattern) => pattern.test(name) || pattern.test(`/${name}`)));
  },
  network:
    (values) =>
    ({ networks }) =>
      networks.some(({ name, id }) => values.some((value) => value === name || id.startsWith(value))),
  volume:
    (values) =>
    ({ mounts }) =>
      mounts.some(
        (mount) => values.includes(mount.destination) || values.includes(mount.name ?? mount.source),
      ),
};

const RAN: ReadonlySet<string> = new Set(['exited', 'dead', 'removing']);

/** A test for all filters together, or `null` when the Engine has to answer. */
export function answerable(filters: EngineFilters): Test | null {
  const tests: Test[] = [];
  for (const [name, values] of Object.entries(filters)) {
    if (values.length === 0) continue;
    const test = Object.hasOwn(ANSWERS, name) ? ANSWERS[name]?.(values) : null;
    if (!test) return null;
    tests.push(test);
  }
  return (container) => tests.every((test) => test(container));
}

function within(values: readonly string[], known: readonly string[]): boolean {
  return values.every((value) => known.includes(value));
}

/** The Engine takes names for regular expressions of its own kind; these characters mean the same in both. */
function patternsOf(values: readonly string[]): RegExp[] | null {
  if (!values.every((value) => /^[\w./^$-]*$/.test(value))) return null;
  return values.map((value) => new RegExp(value));
}

function splitOnce(text: string, separator: string): readonly [string, string | null] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, null] : [text.slice(0, at), text.slice(at + 1)];
}
