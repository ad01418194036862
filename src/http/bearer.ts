import type { FastifyRequest } from 'fastify';

const BEARER = /^Bearer +(\S+) *$/i;

/** The token that the request carries in its `Authorization` header; `null` where there is none. */
export function bearer(request: FastifyRequest): string | null {
  const { authorization } = request.headers;
  if (authorization === undefined) return null;
  return BEARER.exec(authorization)?.[1] ?? null;
}
