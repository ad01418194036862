import type { Static } from 'typebox';
import { STACK_LABEL } from '../../domain/access.ts';
import type { EngineEvent } from '../../domain/engine-event.ts';
import { type EngineFilters, parseEngineFilters } from '../../domain/engine-filters.ts';
import { type Gap, isGap } from '../../domain/gap.ts';
import type { watchEvents } from '../../use-cases/events/watch-events.ts';
import { type Route, route } from '../route.ts';
import { EventMessageSchema, EventQuery } from '../schemas/events.ts';
import { LastEventIdHeader } from '../schemas/logs.ts';
import { negotiate } from '../streams/accept.ts';
import { answerMessages } from '../streams/answer.ts';
import { EVENT_STREAM } from '../streams/event-stream.ts';
import { sendMessages } from '../streams/messages.ts';
import { NDJSON } from '../streams/ndjson.ts';

export interface EventRouteDeps {
  readonly watchEvents: ReturnType<typeof watchEvents>;
}

/** What happens on a host. */
export function eventRoutes(deps: EventRouteDeps): readonly Route[] {
  return [events(deps)];
}

const events = ({ watchEvents }: EventRouteDeps) =>
  route({
    method: 'GET',
    path: '/events',
    operation: 'system.events',
    schema: {
      summary: 'Watch what happens on a host',
      description:
        'A message an event (`text/event-stream`, `application/x-ndjson`, WebSocket), as it happens and, with `since`, before. The ids of server-sent events resume. Filters of one name are alternatives, of different names all count. A token that is narrowed to stacks sees the events of their containers.',
      querystring: EventQuery,
      headers: LastEventIdHeader,
      response: {
        200: {
          description: 'Events.',
          content: {
            [EVENT_STREAM]: { schema: EventMessageSchema },
            [NDJSON]: { schema: EventMessageSchema },
          },
        },
      },
    },
    errors: ['NOT_ACCEPTABLE'],
    samples: [
      'curl -fsSN -H "Authorization: Bearer $TOKEN" -H "Accept: application/x-ndjson" "$FAIRLEAD/api/v1/docker/events?type=container&since=10m&until=0s"',
    ],
    handle: async (exchange) => {
      const { actor, query, headers, signal, request } = exchange;
      const type = negotiate(request.headers.accept, [EVENT_STREAM, NDJSON]);
      const items = await watchEvents(actor, { ...inputOf(query), after: headers['last-event-id'] }, signal);
      return answerMessages(exchange, type, items, placeOf);
    },
    socket: {
      summary: 'Watch what happens on a host, a JSON message an event',
      description:
        'Takes the parameters of the plain route. Closes with 1000 at `until`, 4502 when the Engine is lost.',
      sends: EventMessageSchema,
      handle: async (ws, exchange) => {
        const { actor, query, signal } = exchange;
        await sendMessages(ws, exchange, await watchEvents(actor, inputOf(query), signal));
      },
    },
  });

function placeOf(message: EngineEvent | Gap): string | null {
  return isGap(message) ? null : message.timeNano;
}

function inputOf({ host = 'local', since, until, filters, stack, ...plain }: Static<typeof EventQuery>) {
  const merged: Record<string, readonly string[]> = {
    ...(filters === undefined ? {} : parseEngineFilters(filters)),
  };
  const lists: EngineFilters = {
    ...plain,
    ...(stack === undefined ? {} : { label: [...(plain.label ?? []), `${STACK_LABEL}=${stack}`] }),
  };
  for (const [name, values] of Object.entries(lists)) merged[name] = [...(merged[name] ?? []), ...values];
  return { host, since, until, filters: merged };
}
