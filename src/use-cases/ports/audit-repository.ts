import type { Page, PageRequest } from '../../domain/cursor.ts';

export type AuditOutcome = 'succeeded' | 'failed' | 'refused' | 'started';

/** One line of the audit trail. Holds no secrets. */
export interface AuditEvent {
  /** UUID. */
  readonly id: string;
  readonly time: Date;
  /** `null` when no valid token came with the request, and for the command line. */
  readonly tokenId: string | null;
  readonly actorName: string;
  /** The operation's name, such as `containers.start`. */
  readonly operation: string;
  readonly targetType: string;
  readonly targetId: string | null;
  readonly host: string | null;
  readonly outcome: AuditOutcome;
  readonly errorCode: string | null;
  readonly requestId: string;
  readonly address: string;
  readonly details: Readonly<Record<string, string | number | boolean>> | null;
}

/** All that are given must match. */
export interface AuditFilters {
  /** The actor's name, whole. */
  readonly actor?: string;
  /** UUID. */
  readonly tokenId?: string;
  /** A name such as `containers.start`, or all below a prefix: `containers.*`. */
  readonly operation?: string;
  readonly targetType?: string;
  /** The target's id, whole. */
  readonly target?: string;
  readonly outcome?: AuditOutcome;
  /** From this time on, inclusive. */
  readonly since?: Date;
  /** Up to this time, exclusive. */
  readonly until?: Date;
}

export interface AuditPageRequest extends PageRequest {
  readonly filters: AuditFilters;
}

/** Append-only: the database itself refuses to change or delete a line. */
export interface AuditRepository {
  append(event: AuditEvent): Promise<void>;
  /**
   * Newest first, in the order in which the lines were written: clocks that disagree or step back change nothing, and
   * lines written while one reads on do not shift the pages.
   *
   * @throws FairleadError INVALID_CURSOR
   */
  list(page: AuditPageRequest): Promise<Page<AuditEvent>>;
}
