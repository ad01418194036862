import type { FastifyRequest } from 'fastify';
import { withoutSecrets } from './log.ts';

/** What nobody wants to read once a second. */
const QUIET = new Set(['system.health', 'system.ready', 'system.metrics']);

/** How a request ended. */
export interface Ending {
  /** 101 for a WebSocket, 499 when the client went away before its answer was there. */
  readonly status: number;
  /** Of a WebSocket. */
  readonly closeCode?: number;
}

/** Writes the one line that each request has in the log. */
export function logRequest(request: FastifyRequest, ending: Ending): void {
  const operation = operationOf(request);
  const { status } = ending;
  const level = status >= 500 ? 'warn' : QUIET.has(operation) ? 'debug' : 'info';
  request.log[level](
    {
      operation,
      method: request.method,
      url: withoutSecrets(request.url),
      status,
      ...(ending.closeCode === undefined ? {} : { closeCode: ending.closeCode }),
      ms: Math.round((performance.now() - request.began) * 100) / 100,
      actor: request.actor?.name ?? null,
      address: request.ip,
    },
    'request',
  );
}

/** The operation's name; `none` for what fits no route. */
export function operationOf(request: FastifyRequest): string {
  return request.routeOptions.config?.operation ?? 'none';
}
