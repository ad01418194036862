import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';

interface Upgrade {
  readonly requestId: string;
  readonly subprotocols: readonly string[];
}

/** What is known of an upgrade when `ws` writes the 101, for which it only has Node's request. */
const upgrades = new WeakMap<IncomingMessage, Upgrade>();

/** The first of the route's subprotocols that the client offers; none if it offers none of them, and then the route's plain form. */
export function chooseSubprotocol(offered: Set<string>, raw: IncomingMessage): string | false {
  return upgrades.get(raw)?.subprotocols.find((name) => offered.has(name)) ?? false;
}

/** Puts the request id into the 101 as it is in every other answer. */
export const upgrade = fp(async (app: FastifyInstance) => {
  app.addHook('onRequest', (request, _reply, done) => {
    if (request.ws) {
      const subprotocols = request.routeOptions.config?.route?.socket?.subprotocols ?? [];
      upgrades.set(request.raw, { requestId: request.id, subprotocols });
    }
    done();
  });
  app.websocketServer.on('headers', (headers: string[], raw: IncomingMessage) => {
    const known = upgrades.get(raw);
    if (known !== undefined) headers.push(`X-Request-Id: ${known.requestId}`);
  });
});
