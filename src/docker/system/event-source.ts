import type { EngineEvent } from '../../domain/engine-event.ts';
import { type EngineFilters, filtersKey } from '../../domain/engine-filters.ts';
import { FairleadError } from '../../domain/errors.ts';
import type { Gap } from '../../domain/gap.ts';
import { parseInstant, unixSeconds } from '../../domain/instant.ts';
import type { EventQuery, EventSource } from '../../use-cases/ports/system.ts';
import type { EngineLink } from '../connection/link.ts';
import { lossSignal } from '../connection/loss.ts';
import type { EngineMonitor } from '../connection/monitor.ts';
import { openEvents } from '../containers/events.ts';
import { createHub } from '../streams/hub.ts';
import { bounded, type Policy } from '../streams/mailbox.ts';
import type { Subscription } from '../streams/subscription.ts';

export interface SharedEvents extends EventSource {
  close(): Promise<void>;
}

/** `null` is not an event: it comes first and says that the Engine has taken the subscription. */
type Item = EngineEvent | null;

/** What of the query reaches the Engine, as the key of a hub. */
interface Key {
  readonly filters: EngineFilters;
  readonly since?: string;
  readonly until?: string;
  /** Makes the stream of a query that looks back one of its own. */
  readonly own?: number;
}

const LINGER_MS = 1_000;
const QUEUE = bounded<EngineEvent>({
  maxItems: 1_000,
  maxBytes: 1024 * 1024,
  sizeOf: (event) => Buffer.byteLength(JSON.stringify(event)),
});

/** The Engine's events for whoever wants to see them; those who want the same ones share one stream. */
export function createEventSource(
  link: EngineLink,
  monitor: EngineMonitor,
  now: () => Date = () => new Date(),
): SharedEvents {
  let own = 0;
  const hub = createHub<Item>({ open, lingerMs: LINGER_MS });

  async function* open(key: string, signal: AbortSignal): AsyncGenerator<Item, void, undefined> {
    const { filters, since, until } = JSON.parse(key) as Key;
    const loss = lossSignal(monitor, signal);
    try {
      const query = {
        filters,
        ...(since === undefined ? {} : { since }),
        ...(until === undefined ? {} : { until }),
      };
      const events = await openEvents(link, query, loss.signal);
      yield null;
      yield* events;
      if (until === undefined) {
        throw new FairleadError('ENGINE_UNREACHABLE', `The Engine at ${link.where} has ended its events.`);
      }
    } finally {
      loss.end();
    }
  }

  function keyOf({ filters = {}, since, until }: EventQuery): string {
    const shared = `"filters":${filtersKey(filters)}`;
    if (since === undefined && until === undefined) return `{${shared}}`;
    own += 1;
    const times = { own, ...engineTime('since', since, now()), ...engineTime('until', until, now()) };
    return `{${shared},${JSON.stringify(times).slice(1)}`;
  }

  return {
    async events(query, signal) {
      const key = keyOf(query);
      const attachment = attached();
      const reader = hub.subscribe(key, attachment.policy, { signal, withLast: true });
      // Read ahead by one, to see a refusal before anything else.
      const first = reader.next();
      await Promise.race([attachment.done, first]);
      signal?.throwIfAborted();
      return resumed(first, reader);
    },
    close: () => hub.close(),
  };
}

/** Queues what comes after the first item, which is the running stream's last or the sign that it has begun. */
function attached(): { readonly policy: Policy<Item, EngineEvent | Gap>; readonly done: Promise<void> } {
  let resolve: () => void = () => undefined;
  const done = new Promise<void>((onDone) => {
    resolve = onDone;
  });
  const policy: Policy<Item, EngineEvent | Gap> = () => {
    const queue = QUEUE();
    let begun = false;
    return {
      push(item) {
        if (begun && item !== null) queue.push(item);
        begun = true;
        resolve();
      },
      take: () => queue.take(),
    };
  };
  return { policy, done };
}

function resumed<T>(first: Promise<IteratorResult<T>>, reader: Subscription<T>): Subscription<T> {
  let ahead: Promise<IteratorResult<T>> | undefined = first;
  const rest: Subscription<T> = {
    next() {
      const next = ahead ?? reader.next();
      ahead = undefined;
      return next;
    },
    return: () => reader.return(),
    [Symbol.asyncIterator]: () => rest,
  };
  // Whoever reads sees its failure; whoever does not read must not end the process by it.
  first.catch(() => undefined);
  return rest;
}

function engineTime(name: 'since' | 'until', text: string | undefined, now: Date): Partial<Key> {
  if (text === undefined) return {};
  const instant = parseInstant(text, now);
  if (instant !== null) return { [name]: unixSeconds(instant) };
  const message = 'is not a time such as 2026-11-21T08:30:00Z, 1795000000 or 10m';
  throw new FairleadError('VALIDATION_FAILED', `The parameter ${name} ${message}.`, {
    errors: [{ path: name, message }],
  });
}
