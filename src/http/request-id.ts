import { randomUUID } from 'node:crypto';

const ACCEPTABLE = /^[A-Za-z0-9._:+/=-]{1,128}$/;

/** The caller's `X-Request-Id` where it can be logged as it is, else a new one. */
export function requestId(header: string | readonly string[] | undefined): string {
  return typeof header === 'string' && ACCEPTABLE.test(header) ? header : randomUUID();
}
