import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';

/** Keeps the app from starting when a route, whoever brings it, has no operation: nothing would guard it. */
export const assertOperations = fp(async (app: FastifyInstance) => {
  const bare: string[] = [];
  app.addHook('onRoute', ({ config, method, url }) => {
    if (config?.operation === undefined) bare.push(`${[method].flat().join('|')} ${url}`);
  });
  app.addHook('onReady', async () => {
    if (bare.length > 0) throw new TypeError(`Routes without an operation: ${bare.join(', ')}`);
  });
});
