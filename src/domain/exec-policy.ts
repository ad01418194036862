import type { Grant } from './access.ts';
import { FairleadError } from './errors.ts';
import { boundByPolicy } from './policy.ts';

/**
 * Throws POLICY_VIOLATION unless the role may run, start or watch such a process. A privileged one has all capabilities of the
 * host, whatever its container has been given.
 */
export function assertExecAllowed(actor: Grant, process: { readonly privileged: boolean }): void {
  if (!process.privileged || !boundByPolicy(actor)) return;
  throw new FairleadError(
    'POLICY_VIOLATION',
    'Only admins whose token is not narrowed may run privileged processes.',
    {
      errors: [{ path: 'privileged', message: 'is for admins' }],
    },
  );
}
