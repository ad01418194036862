import cors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';

export interface HeadersOptions {
  /** Origins besides the server's own whose pages may use the API. */
  readonly allowedOrigins: readonly string[];
}

/** Says that an answer is data: not to be taken for another type, and nothing in it to be run or framed. */
const DATA_HEADERS = {
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
};

const REQUEST_HEADERS = [
  ...['Accept', 'Authorization', 'Content-Type', 'Idempotency-Key', 'If-Match', 'If-None-Match'],
  ...['Last-Event-ID', 'Prefer', 'Range', 'X-Request-Id'],
];
const ANSWER_HEADERS = [
  ...['Content-Disposition', 'ETag', 'Idempotency-Replayed', 'Location', 'Retry-After', 'X-Path-Stat'],
  'X-Request-Id',
];

/** The headers by which browsers protect people, and CORS for the origins that are listed. Pages bring more of their own. */
export const headers = fp<HeadersOptions>(async (app: FastifyInstance, { allowedOrigins }) => {
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers(DATA_HEADERS);
    done();
  });
  if (allowedOrigins.length === 0) return;
  await app.register(cors, {
    origin: [...allowedOrigins],
    methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: REQUEST_HEADERS,
    exposedHeaders: ANSWER_HEADERS,
    maxAge: 600,
    strictPreflight: false,
  });
});
