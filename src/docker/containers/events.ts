import type { EngineEvent } from '../../domain/engine-event.ts';
import type { EngineFilters } from '../../domain/engine-filters.ts';
import { bodyBytes } from '../connection/body.ts';
import type { EngineLink } from '../connection/link.ts';
import { parseJsonLine, textLines } from '../streams/json-lines.ts';

export interface EventStreamQuery {
  readonly filters?: EngineFilters;
  /** Unix seconds, with a fraction. */
  readonly since?: string;
  readonly until?: string;
}

/** The Engine's own JSON of an event, as far as it is used. */
interface RawEvent {
  readonly Type?: string;
  readonly Action?: string;
  readonly Actor?: { readonly ID?: string; readonly Attributes?: Readonly<Record<string, string>> | null };
  readonly scope?: string;
  readonly time?: number;
}

/**
 * Subscribes to the Engine's events. Resolves once the Engine has taken the subscription: what happens after that is in the
 * iterable, which has to be read or to be ended by `signal`.
 *
 * @throws FairleadError ENGINE_REJECTED for filters that the Engine does not know; the iterable ENGINE_UNREACHABLE when the
 * stream breaks, but it ends without an error when the Engine shuts down in order
 */
export async function openEvents(
  link: EngineLink,
  query: EventStreamQuery,
  signal?: AbortSignal,
): Promise<AsyncIterable<EngineEvent>> {
  const response = await link.transport.open({
    method: 'GET',
    path: '/events',
    query: {
      filters: query.filters === undefined ? undefined : JSON.stringify(query.filters),
      since: query.since,
      until: query.until,
    },
    subject: { type: 'system', ref: 'events' },
    signal,
  });
  return parsed(bodyBytes(response, { where: link.where, signal }));
}

async function* parsed(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<EngineEvent, void, undefined> {
  for await (const line of textLines(bytes)) {
    const raw = parseJsonLine(line) as RawEvent;
    // As a number it would lose its last digits, and with them the place to resume from.
    const nano = BigInt(/"timeNano":(\d+)[^"]*$/.exec(line)?.[1] ?? Math.trunc((raw.time ?? 0) * 1e9));
    yield {
      time: isoTime(nano),
      timeNano: nano.toString(),
      type: raw.Type ?? '',
      action: raw.Action ?? '',
      actor: { id: raw.Actor?.ID ?? '', attributes: raw.Actor?.Attributes ?? {} },
      scope: raw.scope ?? 'local',
    };
  }
}

function isoTime(nano: bigint): string {
  const seconds = nano / 1_000_000_000n;
  const fraction = (nano % 1_000_000_000n).toString().padStart(9, '0');
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}.${fraction}Z`;
}
