import type {
  FastifyError,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  FastifySchemaValidationError,
} from 'fastify';
import fp from 'fastify-plugin';
import { type ErrorCode, FairleadError, type FieldError } from '../../domain/errors.ts';
import { asFairleadError, PROBLEM_CONTENT_TYPE, statusOf, toProblem } from '../problem.ts';
import { logRequest } from '../request-line.ts';
import { RouteTable } from '../route-table.ts';

/** Tells every failure as a problem document, whoever threw it. */
export const problems = fp(async (app: FastifyInstance) => {
  const table = new RouteTable();
  app.addHook('onRoute', ({ method, url }) => {
    // The one that answers the preflights of CORS is at every path.
    if (url !== '*') table.add(url, [method].flat());
  });
  app.setErrorHandler((error: FastifyError | FairleadError, request, reply) => {
    const known = toFairleadError(error);
    // Whoever is gone is told nothing, and what was given up because of that is no failure.
    if (reply.raw.destroyed) request.log.debug({ err: error }, 'the client went away');
    else if (known.kind === 'internal') request.log.error({ err: error }, 'the request failed');
    return sendProblem(known, request, reply);
  });
  app.setNotFoundHandler((request, reply) => {
    const [path = ''] = request.url.split('?');
    const allowed = table.methodsOf(path);
    if (allowed.length === 0) {
      throw new FairleadError('ROUTE_NOT_FOUND', `There is no ${request.method} ${path}.`);
    }
    reply.header('Allow', allowed.join(', '));
    throw new FairleadError(
      'METHOD_NOT_ALLOWED',
      `${path} has no ${request.method}; it has ${allowed.join(', ')}.`,
    );
  });
});

/** For what Fastify refuses before it has a route, such as a malformed URL; hooks do not run then. */
export function frameworkErrors(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  const known = toFairleadError(error);
  request.began = performance.now();
  reply.header('X-Request-Id', request.id);
  void sendProblem(known, request, reply);
  logRequest(request, { status: statusOf(known.code) });
}

function toFairleadError(error: FastifyError | FairleadError): FairleadError {
  return error instanceof FairleadError ? error : fromFastify(error);
}

function sendProblem(error: FairleadError, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = toProblem(error, request);
  if (error.kind === 'unauthenticated') reply.header('WWW-Authenticate', 'Bearer realm="fairlead"');
  const { retryAfterSeconds } = error.extra;
  if (typeof retryAfterSeconds === 'number') reply.header('Retry-After', String(retryAfterSeconds));
  return reply
    .code(problem.status)
    .header('Content-Type', PROBLEM_CONTENT_TYPE)
    .header('Cache-Control', 'no-store')
    .serializer(JSON.stringify)
    .send(problem);
}

/** Fastify's own errors, by code. */
const FASTIFY_CODES: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: 'INVALID_JSON',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'INVALID_JSON',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'VALIDATION_FAILED',
  FST_ERR_CTP_BODY_TOO_LARGE: 'BODY_TOO_LARGE',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'UNSUPPORTED_MEDIA_TYPE',
  FST_ERR_BAD_URL: 'VALIDATION_FAILED',
  FST_ERR_MAX_PARAM_LENGTH: 'VALIDATION_FAILED',
  FST_ERR_REOPENED_CLOSE_SERVER: 'SHUTTING_DOWN',
};

function fromFastify(error: FastifyError): FairleadError {
  if (error.validation !== undefined) {
    const errors = error.validation.map((entry) => fieldError(entry, error.validationContext ?? 'body'));
    const first = errors[0];
    return new FairleadError(
      'VALIDATION_FAILED',
      first === undefined ? error.message : `${first.path}: ${first.message}`,
      { errors },
    );
  }
  const code = FASTIFY_CODES[error.code];
  if (code !== undefined) return new FairleadError(code, error.message);
  if (error instanceof SyntaxError && error.statusCode === 400)
    return new FairleadError('INVALID_JSON', error.message);
  if (error.statusCode === 503) return new FairleadError('SHUTTING_DOWN', 'The server is shutting down.');
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500) {
    return new FairleadError('VALIDATION_FAILED', error.message);
  }
  return asFairleadError(error);
}

/** `body/env/PATH` style pointer, and a sentence that also names the property or the values allowed. */
function fieldError(entry: FastifySchemaValidationError, context: string): FieldError {
  const { params } = entry;
  if (entry.keyword === 'additionalProperties') {
    const name = String(params['additionalProperty']);
    return {
      path: `${context}${entry.instancePath}/${name}`,
      message: 'is not a property that this route knows',
    };
  }
  if (entry.keyword === 'required') {
    return {
      path: `${context}${entry.instancePath}/${String(params['missingProperty'])}`,
      message: 'is required',
    };
  }
  const allowed = Array.isArray(params['allowedValues']) ? `: ${params['allowedValues'].join(', ')}` : '';
  return { path: `${context}${entry.instancePath}`, message: `${entry.message ?? 'is invalid'}${allowed}` };
}
