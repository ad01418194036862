import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchema, RouteOptions } from 'fastify';
import { type TSchema, Type } from 'typebox';
import type { WebSocket } from 'ws';
import { FairleadError } from '../domain/errors.ts';
import { operation } from '../domain/operations.ts';
import { auditFailure, auditStart, auditSuccess, note } from './audit.ts';
import { plainExchange, socketExchange, socketSignal } from './exchange.ts';
import { assertMediaType } from './media-type.ts';
import { closeFor } from './problem.ts';
import { logRequest } from './request-line.ts';
import type { ResponseContent, Route } from './route.ts';
import { Strict } from './schemas/common.ts';
import type { Services } from './services.ts';
import { optionalBody } from './validation.ts';

const JSON_TYPE = 'application/json';

/** Adds a table of routes to `app`, under the prefix that `app` has, as one chapter (`tag`) of the documents. */
export function mount(app: FastifyInstance, tag: string, routes: readonly Route[]): void {
  for (const definition of routes) {
    for (const type of definition.schema.consumes ?? []) streamed(app, type);
    app.route({ ...toFastify(definition, tag, app.services), ...validatorFor(app, definition) });
  }
}

/** Fastify has bodies that are not there validated as null; where the body is optional, that is well. */
function validatorFor({ validatorCompiler }: FastifyInstance, { schema }: Route): Partial<RouteOptions> {
  if (schema.body === undefined || !Type.IsOptional(schema.body) || validatorCompiler === undefined)
    return {};
  return { validatorCompiler: optionalBody(validatorCompiler) };
}

/** A body that is not JSON reaches its handler as the stream that it is. */
function streamed(app: FastifyInstance, type: string): void {
  if (app.hasContentTypeParser(type)) return;
  app.addContentTypeParser(type, (_request, payload, done) => done(null, payload));
}

function toFastify(definition: Route, tag: string, services: Services): RouteOptions {
  const { bodyLimit, schema, socket } = definition;
  // The lowest; a route that only is a WebSocket has none.
  const success = Math.min(599, ...Object.keys(schema.response).map(Number));
  return {
    method: definition.method,
    url: definition.path,
    schema: toSchema(definition),
    config: { operation: definition.operation, route: definition, tag },
    ...(bodyLimit === undefined ? {} : { bodyLimit }),
    ...(schema.body === undefined ? {} : { preParsing: assertMediaType(schema.consumes) }),
    handler: (request, reply) => {
      reply.code(success);
      void runPlain(definition, services, request, reply);
    },
    ...(socket === undefined
      ? {}
      : {
          wsHandler: (ws: WebSocket, request: FastifyRequest) => runSocket(definition, services, ws, request),
        }),
  };
}

/**
 * Runs a plain handler and sends what it answers. Nothing is returned to Fastify, which would not send what a handler answers
 * when its client is gone; then neither the audit trail nor an Idempotency-Key would hear of it.
 */
async function runPlain(
  definition: Route,
  services: Services,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  try {
    if (definition.handle === undefined) throw upgradeRequired();
    const payload = await definition.handle(plainExchange(request, reply, services.sessions));
    await auditSuccess(services, request, definition, payload);
    if (!reply.sent && payload !== reply) reply.send(payload);
  } catch (error) {
    auditFailure(services, request, definition, error);
    reply.send(error);
  }
}

function upgradeRequired(): FairleadError {
  return new FairleadError('UPGRADE_REQUIRED', 'This path is a WebSocket; connect with a WebSocket client.');
}

/** Runs a socket's handler to its end and tells a failure by the close code. */
async function runSocket(
  definition: Route,
  services: Services,
  ws: WebSocket,
  request: FastifyRequest,
): Promise<void> {
  const { handle } = definition.socket ?? {};
  if (handle === undefined) return;
  const { operation: name } = definition;
  const signal = socketSignal(request, ws, services.sessions);
  services.metrics.socketOpened(name);
  request.upgraded = true;
  ws.once('close', (closeCode) => {
    services.metrics.socketClosed(name, closeCode);
    logRequest(request, { status: 101, closeCode });
  });
  auditStart(services, request, definition);
  try {
    await handle(ws, socketExchange(request, signal));
    end(ws, 1000, '');
    await auditSuccess(services, request, definition);
  } catch (error) {
    if (signal.aborted) {
      note(request, { details: { ended: 'by the connection' } });
      await auditSuccess(services, request, definition);
      return;
    }
    auditFailure(services, request, definition, error);
    const { code, reason } = closeFor(error);
    if (code === 1011) request.log.error({ err: error }, 'a WebSocket failed');
    end(ws, code, reason);
  }
}

/** Closes the socket unless its handler has done so. */
function end(ws: WebSocket, code: number, reason: string): void {
  if (ws.readyState !== ws.OPEN) return;
  // A paused socket never sees the answer to its close frame.
  ws.resume();
  ws.close(code, reason);
}

/** What Fastify validates and serialises by. The documents are made from the definition itself. */
function toSchema({ operation: name, schema }: Route): FastifySchema {
  const { params, querystring, headers, body, consumes = [JSON_TYPE], response } = schema;
  // An API that overlooks what it does not know lets a misspelt filter pass; pages for people may be called with anything.
  const query = querystring ?? (operation(name).role === 'public' ? undefined : Strict({}));
  return {
    ...(params === undefined ? {} : { params }),
    ...(query === undefined ? {} : { querystring: query }),
    ...(headers === undefined ? {} : { headers }),
    ...(body === undefined || !consumes.includes(JSON_TYPE) ? {} : { body: bodySchema(body, consumes) }),
    response: Object.fromEntries(Object.entries(response).filter(([, answer]) => isSchema(answer))),
  };
}

/** Whether an answer is one JSON schema; what a route sends as text or as a stream passes as it is. */
function isSchema(answer: TSchema | ResponseContent): answer is TSchema {
  return !('content' in answer) && Object.keys(answer).some((key) => key !== 'description');
}

/** Of several types that a route takes, only JSON is read and validated. */
function bodySchema(schema: TSchema, consumes: readonly string[]): unknown {
  return consumes.length === 1 ? schema : { content: { [JSON_TYPE]: { schema } } };
}
