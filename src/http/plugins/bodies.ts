import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';

/** How bodies are read: JSON only, unless a route names another type (see `mount`). */
export const bodies = fp(async (app: FastifyInstance) => {
  // Fastify brings a parser for text, by which text would reach routes that expect JSON.
  app.removeContentTypeParser('text/plain');
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, text: string, done) => {
    // Many clients send the type with every POST; a route that takes a body says itself that it misses one.
    if (text === '') return done(null, undefined);
    return parse(request, text, done);
  });
});
