import cors from '@fastify/cors';
import helmet from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';

export interface HeadersOptions {
  /** Origins besides the server's own whose pages may use the API. */
  readonly allowedOrigins: readonly string[];
}

/** The headers by which browsers protect people: a content policy under which the pages here work, and CORS. */
export const headers = fp<HeadersOptions>(async (app: FastifyInstance, { allowedOrigins }) => {
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        baseUri: ["'none'"],
        connectSrc: ["'self'"],
        fontSrc: ["'self'", 'data:'],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
        imgSrc: ["'self'", 'data:'],
        objectSrc: ["'none'"],
        scriptSrc: ["'self'"],
        // Swagger UI sets styles on its elements.
        styleSrc: ["'self'", "'unsafe-inline'"],
      },
    },
    crossOriginResourcePolicy: { policy: 'same-origin' },
    // Whether a server is reached by HTTPS only is for the proxy in front of it to say.
    strictTransportSecurity: false,
  });
  if (allowedOrigins.length === 0) return;
  await app.register(cors, {
    origin: [...allowedOrigins],
    methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: [
      'Accept',
      'Authorization',
      'Content-Type',
      'Idempotency-Key',
      'If-Match',
      'If-None-Match',
      'Last-Event-ID',
      'Prefer',
      'Range',
      'X-Request-Id',
    ],
    exposedHeaders: [
      'Content-Disposition',
      'ETag',
      'Idempotency-Replayed',
      'Location',
      'Retry-After',
      'X-Request-Id',
    ],
    maxAge: 600,
    strictPreflight: false,
  });
});
