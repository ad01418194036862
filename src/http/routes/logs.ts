import { formatMark, type LogGap, type LogLine, markAfter, parseMark } from '../../domain/log-line.ts';
import type { readLogLines } from '../../use-cases/logs/read-log-lines.ts';
import type { readLogText } from '../../use-cases/logs/read-log-text.ts';
import { type Route, route } from '../route.ts';
import { ContainerParams } from '../schemas/containers.ts';
import { LastEventIdHeader, LogMessageSchema, LogQuery } from '../schemas/logs.ts';
import { negotiate } from '../streams/accept.ts';
import { answerBytes, answerMessages } from '../streams/answer.ts';
import { EVENT_STREAM } from '../streams/event-stream.ts';
import { sendMessages } from '../streams/messages.ts';
import { NDJSON } from '../streams/ndjson.ts';

export interface LogRouteDeps {
  readonly readLogText: ReturnType<typeof readLogText>;
  readonly readLogLines: ReturnType<typeof readLogLines>;
}

/** What containers write. */
export function logRoutes(deps: LogRouteDeps): readonly Route[] {
  return [containerLogs(deps)];
}

const TEXT = 'text/plain';

const containerLogs = ({ readLogText, readLogLines }: LogRouteDeps) =>
  route({
    method: 'GET',
    path: '/containers/:id/logs',
    operation: 'containers.logs',
    schema: {
      summary: 'Read or follow the log of a container',
      description:
        'As the bytes that the container wrote (`text/plain`, the default), or a JSON message a line (`application/x-ndjson`, `text/event-stream`, WebSocket). A followed log ends when the container stops; as messages it goes on over a restart. A client too slow for a followed log of messages gets a gap in the place of what it missed. The ids of server-sent events resume.',
      params: ContainerParams,
      querystring: LogQuery,
      headers: LastEventIdHeader,
      response: {
        200: {
          description: 'The log.',
          content: {
            [TEXT]: { schema: { type: 'string' } },
            [NDJSON]: { schema: LogMessageSchema },
            [EVENT_STREAM]: { schema: LogMessageSchema },
          },
        },
      },
    },
    errors: ['NOT_ACCEPTABLE', 'ENGINE_NOT_SUPPORTED'],
    samples: [
      'curl -fsS -H "Authorization: Bearer $TOKEN" "$FAIRLEAD/api/v1/docker/containers/demo/logs?tail=20"',
      'curl -fsS -H "Authorization: Bearer $TOKEN" -H "Accept: application/x-ndjson" "$FAIRLEAD/api/v1/docker/containers/demo/logs?since=10m"',
    ],
    handle: async (exchange) => {
      const { actor, params, query, headers, signal } = exchange;
      const { host = 'local', ...selection } = query;
      const input = { ...selection, host, ref: params.id };
      const type = negotiate(exchange.request.headers.accept, [TEXT, NDJSON, EVENT_STREAM]);
      if (type === TEXT) {
        const bytes = await readLogText(actor, input, signal);
        return answerBytes(exchange, TEXT, bytes, { whole: query.follow !== true });
      }
      const after = headers['last-event-id'];
      const lines = await readLogLines(actor, { ...input, after }, signal);
      return answerMessages<LogLine | LogGap>(exchange, type, lines, placeOf(after));
    },
    socket: {
      summary: 'Follow the log of a container, a JSON message a line',
      description:
        'Takes the parameters of the plain route; `follow` is true unless it is set. Closes with 1000 when the log ends, 4502 when the Engine is lost.',
      sends: LogMessageSchema,
      handle: async (ws, exchange) => {
        const { actor, params, query, signal } = exchange;
        const { host = 'local', follow = true, ...selection } = query;
        const input = { ...selection, host, follow, ref: params.id };
        await sendMessages(ws, exchange, await readLogLines(actor, input, signal));
      },
    },
  });

/** The ids of one client's events: places in the log, counted on from where it comes back. */
function placeOf(after: string | undefined): (message: LogLine | LogGap) => string | null {
  let mark = after === undefined ? null : parseMark(after);
  return (message) => {
    if ('gap' in message) return null;
    mark = markAfter(mark, [message]);
    return mark === null ? null : formatMark(mark);
  };
}
