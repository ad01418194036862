import type { TSchema } from 'typebox';
import { operation } from '../../domain/operations.ts';
import { CLOSE_CODES } from '../problem.ts';
import type { Route } from '../route.ts';
import { VERSION } from './openapi.ts';
import { operationIdOf } from './operation-schema.ts';
import { SOCKET_ERRORS } from './possible-errors.ts';

/** A route with the path under which it is mounted. */
export interface MountedRoute {
  /** With `:name` parameters. */
  readonly url: string;
  readonly tag: string;
  readonly route: Route;
}

type SocketRoute = MountedRoute & { readonly route: { readonly socket: NonNullable<Route['socket']> } };

const DESCRIPTION = `The WebSockets of Fairlead. Each is authorised before the upgrade, by the same permission as its REST twin: a refusal
is a plain 401 or 403. Programs send \`Authorization: Bearer flt_...\`; browsers append \`?ticket=\` with a ticket from
\`POST /api/v1/docker/ws-tickets\`. The server pings every 30 seconds. A failure closes the socket
with a code of \`x-close-codes\` and a reason that begins with the error's code: those of the plain route, and
${SOCKET_ERRORS.map((code) => `\`${code}\``).join(', ')}. docs/websocket.md shows clients.`;

/** Every WebSocket of the routes as an AsyncAPI 3 document. */
export function asyncapi(routes: readonly MountedRoute[]): object {
  const sockets = routes.filter((mounted): mounted is SocketRoute => mounted.route.socket !== undefined);
  // Through text, because schemas carry what is not JSON.
  return JSON.parse(
    JSON.stringify({
      asyncapi: '3.0.0',
      info: {
        title: 'Fairlead',
        version: VERSION,
        description: DESCRIPTION,
        license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
      },
      defaultContentType: 'application/json',
      servers: {
        fairlead: {
          host: '127.0.0.1:3000',
          protocol: 'ws',
          description: 'Wherever the server listens; `wss` behind TLS.',
          security: [
            { $ref: '#/components/securitySchemes/token' },
            { $ref: '#/components/securitySchemes/ticket' },
          ],
        },
      },
      channels: Object.fromEntries(
        sockets.map((mounted) => [operationIdOf(mounted.route), channel(mounted)]),
      ),
      operations: Object.fromEntries(sockets.flatMap(operations)),
      components: {
        securitySchemes: {
          token: { type: 'http', scheme: 'bearer', description: 'An API token, `flt_...`.' },
          ticket: {
            type: 'httpApiKey',
            in: 'query',
            name: 'ticket',
            description: 'Works once, for 30 seconds.',
          },
        },
      },
      'x-close-codes': CLOSE_CODES,
    }),
  ) as object;
}

function channel({ route, tag, url }: SocketRoute): object {
  const { description, receives, sends, subprotocols = [], summary } = route.socket;
  const { params, querystring } = route.schema;
  return {
    address: url.replace(/:(\w+)/g, '{$1}'),
    title: summary,
    ...(description === undefined ? {} : { description }),
    ...(params === undefined ? {} : { parameters: parametersOf(params.properties) }),
    messages: {
      ...(sends === undefined ? {} : { sent: message('What the server sends', sends) }),
      ...(receives === undefined ? {} : { received: message('What the server takes', receives) }),
    },
    bindings: {
      ws: {
        method: 'GET',
        ...(querystring === undefined ? {} : { query: querystring }),
        bindingVersion: '0.1.0',
      },
    },
    'x-tag': tag,
    'x-subprotocols': subprotocols,
    'x-operation': route.operation,
    'x-role': operation(route.operation).role,
  };
}

function operations({ route }: SocketRoute): [string, object][] {
  const id = operationIdOf(route);
  const { receives, sends, summary } = route.socket;
  const one = (action: 'send' | 'receive', name: string) => ({
    action,
    summary,
    channel: { $ref: `#/channels/${id}` },
    messages: [{ $ref: `#/channels/${id}/messages/${name}` }],
  });
  return [
    ...(sends === undefined ? [] : [[`${id}Send`, one('send', 'sent')] satisfies [string, object]]),
    ...(receives === undefined
      ? []
      : [[`${id}Receive`, one('receive', 'received')] satisfies [string, object]]),
  ];
}

function parametersOf(properties: Readonly<Record<string, TSchema>>): object {
  return Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => {
      const { description } = schema as { readonly description?: string };
      return [name, { description: description ?? `The ${name} in the path.` }];
    }),
  );
}

function message(title: string, payload: TSchema): object {
  const { contentMediaType } = payload as { readonly contentMediaType?: string };
  return { title, contentType: contentMediaType ?? 'application/json', payload };
}
