/** What a handler knows better than its route: the id of what was made, an exit code. Never secrets. */
export interface AuditNote {
  readonly targetId?: string;
  readonly details?: Readonly<Record<string, string | number | boolean>>;
}
