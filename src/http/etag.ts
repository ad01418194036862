import { createHash } from 'node:crypto';
import { FairleadError } from '../domain/errors.ts';

/** A strong ETag for a state that these values make up. */
export function etagOf(...state: readonly (string | number | boolean | null)[]): string {
  return `"${createHash('sha256').update(JSON.stringify(state)).digest('base64url').slice(0, 27)}"`;
}

/**
 * Holds a change back when the caller has seen another state. Without `If-Match` there is nothing to compare; `*` fits every
 * state; a weak ETag fits none.
 *
 * @throws FairleadError PRECONDITION_FAILED
 */
export function assertIfMatch(header: string | undefined, current: string): void {
  if (header === undefined || header.trim() === '*') return;
  if (listed(header).includes(current)) return;
  throw new FairleadError('PRECONDITION_FAILED', `The resource has the ETag ${current} now.`, {
    extra: { currentETag: current },
  });
}

/** Whether the caller has this state already (`If-None-Match`), so that 304 will do. */
export function isUnchanged(header: string | undefined, current: string): boolean {
  if (header === undefined) return false;
  return header.trim() === '*' || listed(header).some((etag) => etag.replace(/^W\//, '') === current);
}

function listed(header: string): string[] {
  return header.split(',').map((etag) => etag.trim());
}
