import type { sampleContainer } from '../../use-cases/stats/sample-container.ts';
import type { watchContainer } from '../../use-cases/stats/watch-container.ts';
import type { watchHost } from '../../use-cases/stats/watch-host.ts';
import { type Route, route } from '../route.ts';
import { ContainerParams } from '../schemas/containers.ts';
import { ContainerStatsSchema, HostStatsSchema, StatsQuery } from '../schemas/stats.ts';
import { negotiate } from '../streams/accept.ts';
import { answerMessages } from '../streams/answer.ts';
import { EVENT_STREAM } from '../streams/event-stream.ts';
import { sendMessages } from '../streams/messages.ts';
import { NDJSON } from '../streams/ndjson.ts';

export interface StatsRouteDeps {
  readonly sampleContainer: ReturnType<typeof sampleContainer>;
  readonly watchContainer: ReturnType<typeof watchContainer>;
  readonly watchHost: ReturnType<typeof watchHost>;
}

/** What containers use. */
export function statsRoutes(deps: StatsRouteDeps): readonly Route[] {
  return [containerStats(deps), hostStats(deps)];
}

const JSON_TYPE = 'application/json';

const containerStats = ({ sampleContainer, watchContainer }: StatsRouteDeps) =>
  route({
    method: 'GET',
    path: '/containers/:id/stats',
    operation: 'containers.stats',
    schema: {
      summary: 'Show what a container uses, once or every second',
      description:
        'One sample as JSON, or one a second (`text/event-stream`, `application/x-ndjson`, WebSocket) until the container is removed. The numbers are those of `docker stats`. A container that does not run uses nothing.',
      params: ContainerParams,
      querystring: StatsQuery,
      response: {
        200: {
          description: 'A sample, or samples.',
          content: {
            [JSON_TYPE]: { schema: ContainerStatsSchema },
            [EVENT_STREAM]: { schema: ContainerStatsSchema },
            [NDJSON]: { schema: ContainerStatsSchema },
          },
        },
      },
    },
    errors: ['NOT_ACCEPTABLE'],
    samples: [
      'curl -fsS -H "Authorization: Bearer $TOKEN" "$FAIRLEAD/api/v1/docker/containers/demo/stats"',
      'curl -fsSN -H "Authorization: Bearer $TOKEN" -H "Accept: application/x-ndjson" "$FAIRLEAD/api/v1/docker/containers/demo/stats" | head -n 2',
    ],
    handle: async (exchange) => {
      const { actor, params, query, signal } = exchange;
      const input = { host: query.host ?? 'local', ref: params.id };
      const type = negotiate(exchange.request.headers.accept, [JSON_TYPE, EVENT_STREAM, NDJSON]);
      if (type === JSON_TYPE) {
        exchange.reply.header('Cache-Control', 'no-store');
        return await sampleContainer(actor, input, signal);
      }
      return answerMessages(exchange, type, await watchContainer(actor, input, signal));
    },
    socket: {
      summary: 'Watch what a container uses, a JSON message a second',
      description:
        'A client too slow gets the newest sample. Closes with 1000 when the container is removed, 4502 when the Engine is lost.',
      sends: ContainerStatsSchema,
      handle: async (ws, exchange) => {
        const { actor, params, query, signal } = exchange;
        const input = { host: query.host ?? 'local', ref: params.id };
        await sendMessages(ws, exchange, await watchContainer(actor, input, signal));
      },
    },
  });

const hostStats = ({ watchHost }: StatsRouteDeps) =>
  route({
    method: 'GET',
    path: '/stats',
    operation: 'containers.stats',
    operationId: 'hostStats',
    schema: {
      summary: 'Watch what all running containers of a host use',
      description:
        'One message a second with the newest sample of every container that runs (`text/event-stream`, `application/x-ndjson`, WebSocket); containers come and go as they start and stop. A token that is narrowed to stacks sees theirs.',
      querystring: StatsQuery,
      response: {
        200: {
          description: 'Messages.',
          content: { [EVENT_STREAM]: { schema: HostStatsSchema }, [NDJSON]: { schema: HostStatsSchema } },
        },
      },
    },
    errors: ['NOT_ACCEPTABLE'],
    samples: [
      'curl -fsSN -H "Authorization: Bearer $TOKEN" -H "Accept: application/x-ndjson" "$FAIRLEAD/api/v1/docker/stats" | head -n 1',
    ],
    handle: async (exchange) => {
      const { actor, query, signal, request } = exchange;
      const type = negotiate(request.headers.accept, [EVENT_STREAM, NDJSON]);
      const samples = await watchHost(actor, { host: query.host ?? 'local' }, signal);
      return answerMessages(exchange, type, samples);
    },
    socket: {
      summary: 'Watch what all running containers of a host use, a JSON message a second',
      description: 'A client too slow gets the newest message. Closes with 4502 when the Engine is lost.',
      sends: HostStatsSchema,
      handle: async (ws, exchange) => {
        const { actor, query, signal } = exchange;
        await sendMessages(ws, exchange, await watchHost(actor, { host: query.host ?? 'local' }, signal));
      },
    },
  });
