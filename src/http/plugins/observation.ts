import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { withoutSecrets } from '../log.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** Requests whose answers have not ended; an open WebSocket is one, too. */
    inFlight(): number;
  }
}

/** What nobody wants to read once a second. */
const QUIET = new Set(['system.health', 'system.ready', 'system.metrics']);
/** The client went away before its answer was there; nginx's number for it. */
const CLIENT_GONE = 499;

/** Gives every answer its request id, and every request a line in the log and a place in the metrics when it is over. */
export const observation = fp(async (app: FastifyInstance) => {
  let inFlight = 0;
  app.decorate('inFlight', () => inFlight);

  app.addHook('onRequest', (request, reply, done) => {
    const began = performance.now();
    inFlight += 1;
    reply.header('X-Request-Id', request.id);
    // 'close' comes for every answer, for those that broke off, and for a WebSocket when it is over.
    reply.raw.once('close', () => {
      inFlight -= 1;
      tell(app, request, reply, (performance.now() - began) / 1000);
    });
    done();
  });
});

function tell(app: FastifyInstance, request: FastifyRequest, reply: FastifyReply, seconds: number): void {
  const { operation = 'none' } = request.routeOptions.config ?? {};
  const { raw } = reply;
  const status = request.upgraded ? 101 : raw.writableFinished ? reply.statusCode : CLIENT_GONE;
  if (!request.upgraded) app.services.metrics.answered(operation, request.method, status, seconds);
  const level = status >= 500 ? 'warn' : QUIET.has(operation) ? 'debug' : 'info';
  request.log[level](
    {
      ...{ operation, method: request.method, url: withoutSecrets(request.url), status },
      ...(request.upgraded ? { closeCode: request.closeCode } : {}),
      ...{ ms: Math.round(seconds * 1e5) / 100, actor: request.actor?.name ?? null, address: request.ip },
    },
    'request',
  );
}
