import { type Actor, assertHost, reachesLabels } from '../../domain/access.ts';
import type { EngineEvent } from '../../domain/engine-event.ts';
import type { EngineFilters } from '../../domain/engine-filters.ts';
import { FairleadError } from '../../domain/errors.ts';
import { type Gap, isGap } from '../../domain/gap.ts';
import { unixSeconds } from '../../domain/instant.ts';
import type { HostLookup } from '../ports/host-lookup.ts';
import type { EventSource } from '../ports/system.ts';

export interface WatchEventsDeps {
  readonly events: HostLookup<EventSource>;
}

export interface WatchEventsInput {
  readonly host: string;
  readonly filters?: EngineFilters | undefined;
  /** RFC 3339, Unix seconds, or a duration before now. */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  /** The `timeNano` of the last event that a reader who comes back has seen. */
  readonly after?: string | undefined;
}

/**
 * What happens on a host. A token that is narrowed to stacks sees what happens to theirs.
 *
 * @throws FairleadError FORBIDDEN, HOST_NOT_FOUND, VALIDATION_FAILED for a filter or a time that is none, ENGINE_REJECTED for one
 * that the Engine refuses; the iterable throws ENGINE_UNREACHABLE when the Engine is lost
 */
export function watchEvents(deps: WatchEventsDeps) {
  return async (
    actor: Actor,
    { host, filters = {}, since, until, after }: WatchEventsInput,
    signal: AbortSignal,
  ): Promise<AsyncIterable<EngineEvent | Gap>> => {
    assertHost(actor, host);
    assertFilters(filters);
    const seen = after !== undefined && NANOSECONDS.test(after) ? BigInt(after) : null;
    const from = seen === null ? since : unixSeconds(seen);
    const query = {
      filters,
      ...(from === undefined ? {} : { since: from }),
      ...(until === undefined ? {} : { until }),
    };
    return wanted(await deps.events(host).events(query, signal), actor, seen);
  };
}

const NANOSECONDS = /^\d{1,20}$/;

const FILTERS = new Set([
  ...['type', 'event', 'scope', 'label', 'container', 'image', 'network', 'volume', 'plugin', 'daemon'],
  ...['node', 'service', 'secret', 'config'],
]);

/** The Engine leaves out of account what it does not know, which lets a misspelt filter pass. */
function assertFilters(filters: EngineFilters): void {
  const unknown = Object.keys(filters).filter((name) => !FILTERS.has(name));
  if (unknown.length === 0) return;
  throw new FairleadError('VALIDATION_FAILED', `Events have no filter ${unknown.join(', ')}.`, {
    errors: unknown.map((name) => ({ path: `filters/${name}`, message: 'is not a filter of events' })),
  });
}

async function* wanted(
  events: AsyncIterable<EngineEvent | Gap>,
  actor: Actor,
  seen: bigint | null,
): AsyncGenerator<EngineEvent | Gap, void, undefined> {
  let replayed = seen === null;
  for await (const event of events) {
    if (!isGap(event)) {
      // The Engine replays the one that was seen last again.
      replayed ||= BigInt(event.timeNano) > (seen ?? 0n);
      if (!replayed || !reachesLabels(actor, event.actor.attributes)) continue;
    }
    yield event;
  }
}
