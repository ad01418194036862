import type { ServerResponse } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { WebSocket } from 'ws';
import { FairleadError } from '../domain/errors.ts';
import { note } from './audit.ts';
import { closeFor } from './problem.ts';
import type { Exchange, RouteSchema } from './route.ts';
import type { SessionEnd, Sessions } from './sessions.ts';

/** How long what was told to end may take before it is cut off. */
const PATIENCE_MS = 1_000;

/** A plain request as its handler sees it. */
export function plainExchange(
  request: FastifyRequest,
  reply: FastifyReply,
  sessions: Sessions,
): Exchange<RouteSchema> {
  let signal: AbortSignal | undefined;
  return exchange(request, {
    // Made only for handlers that ask: the listeners of each request show in a profile of the hot paths.
    get signal() {
      signal ??= answerSignal(request, reply.raw, sessions);
      return signal;
    },
    reply,
  });
}

/** A WebSocket as its handler sees it. */
export function socketExchange(request: FastifyRequest, signal: AbortSignal): Exchange<RouteSchema> {
  return exchange(request, {
    signal,
    get reply(): FastifyReply {
      throw new TypeError('a WebSocket has no reply');
    },
  });
}

function exchange(
  request: FastifyRequest,
  way: Pick<Exchange<RouteSchema>, 'signal' | 'reply'>,
): Exchange<RouteSchema> {
  const seen: { [K in keyof Exchange<RouteSchema>]: unknown } = {
    actor: request.actor,
    params: request.params,
    query: request.query,
    // Fastify's word for a body that is not there is null, which for JSON is a value.
    body: request.body ?? undefined,
    headers: request.headers,
    get signal() {
      return way.signal;
    },
    request,
    get reply() {
      return way.reply;
    },
    note: (more: Parameters<typeof note>[1]) => note(request, more),
  };
  // The types of params, query and body are the route's own: its schema has just validated them.
  return seen as Exchange<RouteSchema>;
}

/**
 * Aborts when the client goes away, and when the answer has to end from this side. Not Fastify's `request.signal`: that one
 * goes by the request, which is over as soon as its body was read.
 */
function answerSignal(request: FastifyRequest, raw: ServerResponse, sessions: Sessions): AbortSignal {
  const controller = new AbortController();
  function end(why: SessionEnd): void {
    const streaming = raw.headersSent;
    // What has not begun to answer may still do so: it was allowed when it came, and a shutdown leaves it some time.
    if (!streaming && why !== 'out-of-time') return;
    controller.abort(reasonFor(why));
    setTimeout(() => raw.destroy(), PATIENCE_MS).unref();
  }
  if (raw.destroyed) {
    controller.abort();
    return controller.signal;
  }
  const { actor } = request;
  const leave = actor === null ? undefined : sessions.open({ tokenId: actor.tokenId, end });
  raw.once('close', () => {
    leave?.();
    if (!raw.writableEnded) controller.abort();
  });
  return controller.signal;
}

/** Aborts when the socket has closed, or is being closed from this side. */
export function socketSignal(request: FastifyRequest, ws: WebSocket, sessions: Sessions): AbortSignal {
  const controller = new AbortController();
  const leave = sessions.open({
    tokenId: request.actor.tokenId,
    end(why) {
      const reason = reasonFor(why);
      const { code, reason: text } =
        why === 'token-ended' ? closeFor(reason) : { code: 1001, reason: reason.message };
      // A paused socket never sees the answer to its close frame.
      ws.resume();
      ws.close(code, text);
      controller.abort(reason);
      // A peer that does not answer the close frame could otherwise go on sending.
      setTimeout(() => ws.terminate(), PATIENCE_MS).unref();
    },
  });
  ws.once('close', () => {
    leave();
    controller.abort();
  });
  return controller.signal;
}

function reasonFor(why: SessionEnd): FairleadError {
  return why === 'token-ended'
    ? new FairleadError('UNAUTHENTICATED', 'The token has been revoked or has expired.')
    : new FairleadError('SHUTTING_DOWN', 'The server is shutting down.');
}
