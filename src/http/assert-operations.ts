import type { FastifyInstance, RouteOptions } from 'fastify';
import fp from 'fastify-plugin';

/** Keeps the app from starting when a route, whoever brings it, has no operation: nothing would guard it. */
export const assertOperations = fp(async (app: FastifyInstance) => {
  const routes: RouteOptions[] = [];
  // Looked at when all hooks have had their say.
  app.addHook('onRoute', (route) => void routes.push(route));
  app.addHook('onReady', async () => {
    const bare = routes.filter(({ config }) => config?.operation === undefined);
    if (bare.length === 0) return;
    const names = bare.map(({ method, url }) => `${[method].flat().join('|')} ${url}`);
    throw new TypeError(`Routes without an operation: ${names.join(', ')}`);
  });
});
