import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchema, RouteOptions } from 'fastify';
import type { WebSocket } from 'ws';
import type { Actor } from '../domain/access.ts';
import { type ErrorCode, FairleadError } from '../domain/errors.ts';
import { type OperationName, operation } from '../domain/operations.ts';
import { closeFor, statusOf } from './problem.ts';
import type { Exchange, Route, RouteSchema } from './route.ts';
import { ProblemSchema } from './schemas/common.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Set for every route by `mount`; the hooks for permission, audit, idempotency and metrics read it. */
    route?: Route;
  }
  interface FastifyRequest {
    /** Who asks; set by the authentication hook before any handler runs. */
    actor: Actor;
  }
}

/** Adds a table of routes to `app`, under the prefix that `app` has. */
export function mount(app: FastifyInstance, tag: string, routes: readonly Route[]): void {
  for (const definition of routes) app.route(toFastify(definition, tag));
}

function toFastify(definition: Route, tag: string): RouteOptions {
  const { handle, socket } = definition;
  const success = Math.min(...Object.keys(definition.schema.response).map(Number));
  return {
    method: definition.method,
    url: definition.path,
    schema: toSchema(definition, tag),
    config: { route: definition },
    ...(definition.bodyLimit === undefined ? {} : { bodyLimit: definition.bodyLimit }),
    handler: async (request, reply) => {
      if (handle === undefined) {
        throw new FairleadError(
          'UPGRADE_REQUIRED',
          'This path is a WebSocket; connect with a WebSocket client.',
        );
      }
      reply.code(success);
      const payload = await handle(exchange(request, reply, () => request.signal));
      if (reply.sent || payload === reply) return reply;
      return reply.send(payload);
    },
    ...(socket === undefined
      ? {}
      : { wsHandler: (ws: WebSocket, request: FastifyRequest) => runSocket(ws, request, socket.handle) }),
  };
}

/** Runs a socket's handler to its end and tells a failure by the close code. */
async function runSocket(
  ws: WebSocket,
  request: FastifyRequest,
  handle: NonNullable<Route['socket']>['handle'],
): Promise<void> {
  const closed = new AbortController();
  ws.once('close', () => closed.abort());
  // A peer that breaks the protocol is answered by `ws` itself; 'close' follows and ends the handler.
  ws.on('error', (error) => request.log.debug({ err: error }, 'the peer broke the WebSocket protocol'));
  try {
    await handle(
      ws,
      exchange(request, undefined, () => closed.signal),
    );
  } catch (error) {
    if (closed.signal.aborted) return;
    const { code, reason } = closeFor(error);
    if (code === 1011) request.log.error({ err: error }, 'a WebSocket failed');
    // A paused socket never sees the answer to its close frame.
    ws.resume();
    ws.close(code, reason);
  }
}

function exchange(
  request: FastifyRequest,
  reply: FastifyReply | undefined,
  signal: () => AbortSignal,
): Exchange<RouteSchema> {
  const seen: { [K in keyof Exchange<RouteSchema>]: unknown } = {
    actor: request.actor,
    params: request.params,
    query: request.query,
    body: request.body,
    headers: request.headers,
    // Made only for handlers that ask: a listener a request shows in a profile of the hot paths.
    get signal() {
      return signal();
    },
    request,
    get reply() {
      if (reply === undefined) throw new TypeError('a WebSocket has no reply');
      return reply;
    },
  };
  // The types of params, query and body are the route's own: its schema has just validated them.
  return seen as Exchange<RouteSchema>;
}

function toSchema(definition: Route, tag: string): FastifySchema {
  const { response, ...parts } = definition.schema;
  return {
    ...parts,
    tags: [tag],
    operationId: definition.operationId ?? operationId(definition.operation),
    ...(operation(definition.operation).role === 'public' ? { security: [] } : {}),
    ...(definition.samples === undefined
      ? {}
      : { 'x-codeSamples': definition.samples.map((source) => ({ lang: 'Shell', source })) }),
    'x-operation': definition.operation,
    'x-role': operation(definition.operation).role,
    response: { ...response, ...problems(definition) },
  } as FastifySchema;
}

/** `containers.exec.create` -> `containersExecCreate`. */
function operationId(name: OperationName): string {
  return name.replace(/[.-](\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** Every problem the route can answer with, grouped by status, each named by its code. */
function problems(definition: Route): Record<number, unknown> {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of new Set(possibleErrors(definition))) {
    const status = statusOf(code);
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, codes]) => [
      status,
      {
        description: codes.map((code) => `\`${code}\``).join(', '),
        content: { 'application/problem+json': { schema: ProblemSchema } },
      },
    ]),
  );
}

function possibleErrors(definition: Route): ErrorCode[] {
  const { role, target, changes } = operation(definition.operation);
  const { params, querystring, body } = definition.schema;
  const codes: ErrorCode[] = [...(definition.errors ?? []), 'INTERNAL', 'SHUTTING_DOWN'];
  if (role !== 'public') codes.push('UNAUTHENTICATED', 'FORBIDDEN', 'RATE_LIMITED', 'DATABASE_UNAVAILABLE');
  if (params !== undefined || querystring !== undefined || body !== undefined)
    codes.push('VALIDATION_FAILED');
  if (body !== undefined) codes.push('INVALID_JSON', 'BODY_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE');
  if (target === 'container') codes.push('CONTAINER_NOT_FOUND', 'INVALID_REFERENCE', 'AMBIGUOUS_REFERENCE');
  if (querystring !== undefined && 'host' in querystring.properties) {
    codes.push('HOST_NOT_FOUND', 'ENGINE_UNREACHABLE', 'ENGINE_TIMEOUT', 'ENGINE_ERROR', 'ENGINE_REJECTED');
  }
  if (definition.method === 'POST' && (definition.idempotent ?? changes)) {
    codes.push('IDEMPOTENCY_IN_PROGRESS', 'IDEMPOTENCY_KEY_REUSED');
  }
  if (definition.handle === undefined) codes.push('UPGRADE_REQUIRED');
  return codes;
}
