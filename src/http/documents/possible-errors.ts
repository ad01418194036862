import { ERROR_CATALOGUE, type ErrorCode } from '../../domain/errors.ts';
import { operation } from '../../domain/operations.ts';
import { isIdempotent } from '../plugins/idempotency.ts';
import { statusOf } from '../problem.ts';
import type { Route } from '../route.ts';

/** What any request can be answered with before it has a route; the document says so once instead of at every route. */
export const GENERAL_ERRORS: readonly ErrorCode[] = [
  'ROUTE_NOT_FOUND',
  'METHOD_NOT_ALLOWED',
  'ORIGIN_NOT_ALLOWED',
];

/** What only ends a WebSocket that is open; the AsyncAPI document says so once. */
export const SOCKET_ERRORS: readonly ErrorCode[] = ['VIEWER_TOO_SLOW'];

/** Every code that a route can answer with, in the order of the catalogue. */
export function possibleErrors(definition: Route): ErrorCode[] {
  const { changes, role, target } = operation(definition.operation);
  const { body, params, querystring } = definition.schema;
  const codes = new Set<ErrorCode>([
    ...(definition.errors ?? []),
    'HEADERS_TOO_LARGE',
    'INTERNAL',
    'SHUTTING_DOWN',
  ]);
  const add = (when: boolean, ...more: ErrorCode[]) => {
    if (when) for (const code of more) codes.add(code);
  };
  add(
    role !== 'public',
    'UNAUTHENTICATED',
    'FORBIDDEN',
    'RATE_LIMITED',
    'DATABASE_UNAVAILABLE',
    'VALIDATION_FAILED',
  );
  add(params !== undefined, 'VALIDATION_FAILED');
  add(body !== undefined, 'INVALID_JSON', 'BODY_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE');
  add(
    target === 'container' && params !== undefined,
    'CONTAINER_NOT_FOUND',
    'INVALID_REFERENCE',
    'AMBIGUOUS_REFERENCE',
  );
  add(
    querystring !== undefined && 'host' in querystring.properties,
    ...([
      'HOST_NOT_FOUND',
      'ENGINE_UNREACHABLE',
      'ENGINE_TIMEOUT',
      'ENGINE_ERROR',
      'ENGINE_REJECTED',
    ] as const),
  );
  add(changes && isIdempotent(definition), 'IDEMPOTENCY_IN_PROGRESS', 'IDEMPOTENCY_KEY_REUSED');
  add(definition.handle === undefined, 'UPGRADE_REQUIRED');
  return (Object.keys(ERROR_CATALOGUE) as ErrorCode[]).filter((code) => codes.has(code));
}

/** The same, by HTTP status. */
export function possibleErrorsByStatus(definition: Route): Map<number, ErrorCode[]> {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of possibleErrors(definition)) {
    const status = statusOf(code);
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return byStatus;
}
