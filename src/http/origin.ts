import type { FastifyRequest } from 'fastify';
import { FairleadError } from '../domain/errors.ts';

/**
 * Refuses a WebSocket that a page of a foreign origin opens. Browsers send `Origin` with every upgrade and no page can change
 * it; programs send none and pass. The server's own origin is the one that the request itself was sent to.
 *
 * @throws FairleadError ORIGIN_NOT_ALLOWED
 */
export function assertOrigin(request: FastifyRequest, allowed: readonly string[]): void {
  const { origin } = request.headers;
  if (origin === undefined || allowed.includes(origin)) return;
  if (origin.toLowerCase() === `${request.protocol}://${request.host}`.toLowerCase()) return;
  throw new FairleadError(
    'ORIGIN_NOT_ALLOWED',
    `Pages of "${origin.slice(0, 200)}" may not open WebSockets here.`,
  );
}
