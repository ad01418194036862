import type { ContainerSummary } from '../../domain/container.ts';
import { filtersKey } from '../../domain/engine-filters.ts';
import type { ContainerQuery } from '../../use-cases/ports/containers.ts';
import { abortable } from '../connection/abortable.ts';
import { answerable } from './container-filters.ts';
import type { ContainerSource } from './container-source.ts';
import { sizesOf } from './container-summary.ts';
import type { RawListed } from './raw-container.ts';
import type { ContainerSnapshot } from './snapshot.ts';

export type ListContainers = (
  query?: ContainerQuery,
  signal?: AbortSignal,
) => Promise<readonly ContainerSummary[]>;

/** Queries whose answers are kept until something changes. */
const MAX_KEPT = 100;

/** Lists from the snapshot; asks the Engine only for what the snapshot cannot know, and once for all who ask the same. */
export function createList(snapshot: ContainerSnapshot, source: ContainerSource): ListContainers {
  /** Answers that were made of `keptFor`. */
  let keptFor: readonly ContainerSummary[] = [];
  let kept = new Map<string, readonly ContainerSummary[]>();
  const asked = new Map<string, Promise<readonly RawListed[]>>();

  function ask(key: string, query: ContainerQuery): Promise<readonly RawListed[]> {
    const running = asked.get(key);
    if (running !== undefined) return running;
    // Shared, so it goes on when the one who began it gives up.
    const answer = source.list(query).finally(() => asked.delete(key));
    asked.set(key, answer);
    return answer;
  }

  /** The Engine says which, in which order and of which size; the snapshot says the rest. */
  async function fromEngine(key: string, query: ContainerQuery, signal: AbortSignal | undefined) {
    const listed = await abortable(ask(key, query), signal);
    let known = byId(await snapshot.all(signal));
    if (listed.some((one) => !known.has(one.Id))) {
      await abortable(snapshot.refreshAll(), signal);
      known = byId(await snapshot.all(signal));
    }
    return listed.flatMap((one) => {
      const summary = known.get(one.Id);
      // One that has been removed since is left out.
      if (summary === undefined) return [];
      return query.size ? { ...summary, sizes: sizesOf(one) } : summary;
    });
  }

  return async (query = {}, signal) => {
    const { all = false, limit = 0, size = false, filters = {} } = query;
    const key = `${all} ${limit} ${size} ${filtersKey(filters)}`;
    const test = size ? null : answerable(filters);
    if (test === null) return await fromEngine(key, query, signal);

    const containers = await snapshot.all(signal);
    if (containers !== keptFor) {
      keptFor = containers;
      kept = new Map();
    }
    const before = kept.get(key);
    if (before !== undefined) return before;
    // The Engine shows those that do not run too when it is asked for the newest so many, or for a status.
    const stopped = all || limit > 0 || (filters['status'] ?? []).length > 0;
    const found = containers.filter((one) => (stopped || RUNNING.has(one.state)) && test(one));
    const answer =
      limit > 0 ? found.slice(0, limit) : found.length === containers.length ? containers : found;
    if (kept.size < MAX_KEPT) kept.set(key, answer);
    return answer;
  };
}

/** What the Engine lists without `all`. */
const RUNNING: ReadonlySet<string> = new Set(['running', 'paused', 'restarting']);

function byId(containers: readonly ContainerSummary[]): ReadonlyMap<string, ContainerSummary> {
  return new Map(containers.map((one) => [one.id, one]));
}
