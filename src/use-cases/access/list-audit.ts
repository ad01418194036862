import type { Actor } from '../../domain/access.ts';
import type { Page } from '../../domain/cursor.ts';
import { FairleadError } from '../../domain/errors.ts';
import type { AuditEvent, AuditPageRequest, AuditRepository } from '../ports/audit-repository.ts';

/**
 * A page of the audit trail, newest first. It tells about every host and stack, so a token narrowed to some cannot read it.
 *
 * @throws FairleadError FORBIDDEN, INVALID_CURSOR
 */
export function listAudit({ audit }: { readonly audit: Pick<AuditRepository, 'list'> }) {
  return (actor: Actor, request: AuditPageRequest): Promise<Page<AuditEvent>> => {
    if ([actor.hosts, actor.stacks, actor.projects].some((narrowing) => narrowing !== null)) {
      throw new FairleadError('FORBIDDEN', 'The token is narrowed; the audit trail tells about everything.');
    }
    return audit.list(request);
  };
}
