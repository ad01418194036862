import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import { logRequest, operationOf } from '../request-line.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** Requests whose answers have not ended; an open WebSocket is one, too. */
    inFlight(): number;
  }
}

/** The client went away before its answer was there; nginx's number for it. */
const CLIENT_GONE = 499;

/** Gives every answer its request id, and every request a line in the log and a place in the metrics when it is over. */
export const observation = fp(async (app: FastifyInstance) => {
  const { metrics } = app.services;
  let inFlight = 0;
  app.decorate('inFlight', () => inFlight);
  app.decorateRequest('began', 0);

  app.addHook('onRequest', (request, reply, done) => {
    request.began = performance.now();
    inFlight += 1;
    reply.header('X-Request-Id', request.id);
    const { raw } = reply;
    // 'close' comes for every answer, also for those that break off, and for a WebSocket, which `mount` tells of.
    raw.once('close', () => {
      inFlight -= 1;
      if (request.upgraded) return;
      // Leaving a stream is how its reader ends it.
      const status = raw.headersSent ? reply.statusCode : CLIENT_GONE;
      metrics.answered(
        operationOf(request),
        request.method,
        status,
        (performance.now() - request.began) / 1000,
      );
      logRequest(request, { status });
    });
    done();
  });
});
