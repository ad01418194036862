import { FairleadError } from '../../domain/errors.ts';

const REFERENCE = /^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,254}$/;

/**
 * A container's or exec's name or id, safe as one path segment. dockerode pastes it into the URL as it comes, so a name such as
 * `x/../../version?` would reach another route of the Engine. Throws INVALID_REFERENCE.
 */
export function reference(ref: string): string {
  const bare = ref.startsWith('/') ? ref.slice(1) : ref;
  if (!REFERENCE.test(bare)) {
    throw new FairleadError('INVALID_REFERENCE', `"${ref.slice(0, 80)}" is neither a name nor an id.`);
  }
  return bare;
}
