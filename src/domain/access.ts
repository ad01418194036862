import { FairleadError } from './errors.ts';
import { type OperationName, operation, operationNames, ROLES, type Role } from './operations.ts';

/** The label by which Compose, and Fairlead with it, marks what belongs to a stack. */
export const STACK_LABEL = 'com.docker.compose.project';

/** What a token may do. `null` means not narrowed. */
export interface Grant {
  readonly role: Role;
  /** Operation names, or prefixes ending in `.*`. */
  readonly permissions: readonly string[] | null;
  readonly hosts: readonly string[] | null;
  readonly stacks: readonly string[] | null;
  readonly projects: readonly string[] | null;
}

/** Who asks: the token behind a request, and where the request came from. */
export interface Actor extends Grant {
  readonly tokenId: string;
  readonly name: string;
  readonly requestId: string;
  /** The peer's address, as the audit trail keeps it. */
  readonly address: string;
}

/** Whether `grant` covers the operation by its role and its list of permissions. */
export function permits(grant: Grant, name: OperationName): boolean {
  const { role: needed, personal } = operation(name);
  if (needed === 'public') return true;
  if (ROLES.indexOf(grant.role) < ROLES.indexOf(needed)) return false;
  return personal || grant.permissions === null || grant.permissions.some((pattern) => covers(pattern, name));
}

/** Whether a permission pattern (`containers.start`, `containers.*`, `*`) covers an operation name. */
export function covers(pattern: string, name: string): boolean {
  return (
    pattern === name || pattern === '*' || (pattern.endsWith('.*') && name.startsWith(pattern.slice(0, -1)))
  );
}

/** Throws FORBIDDEN unless `actor` may do `name`. */
export function assertPermitted(actor: Actor, name: OperationName): void {
  if (permits(actor, name)) return;
  throw new FairleadError(
    'FORBIDDEN',
    `The token "${actor.name}" (${actor.role}) lacks the permission ${name}.`,
  );
}

/** Throws FORBIDDEN unless the token reaches the host. */
export function assertHost(actor: Grant, host: string): void {
  if (actor.hosts === null || actor.hosts.includes(host)) return;
  throw new FairleadError('FORBIDDEN', `The token is narrowed to other hosts than "${host}".`);
}

/** Whether something with these labels lies within the stacks that the token is narrowed to. */
export function reachesLabels(actor: Grant, labels: Readonly<Record<string, string>>): boolean {
  if (actor.stacks === null) return true;
  const stack = labels[STACK_LABEL];
  return stack !== undefined && actor.stacks.includes(stack);
}

/** Throws FORBIDDEN for an operation on a whole host by a token that is narrowed to stacks. */
export function assertWholeHost(actor: Grant): void {
  if (actor.stacks === null) return;
  throw new FairleadError('FORBIDDEN', 'The token is narrowed to stacks; this acts on the whole host.');
}

/** Why the grant reaches further than `actor` does, or `null` when it does not: nobody hands on more than they have. */
export function exceeds(actor: Grant, grant: Grant): string | null {
  if (ROLES.indexOf(grant.role) > ROLES.indexOf(actor.role)) return `role ${grant.role}`;
  for (const scope of ['hosts', 'stacks', 'projects'] as const) {
    const own = actor[scope];
    if (own !== null && !(grant[scope]?.every((name) => own.includes(name)) ?? false)) return scope;
  }
  if (actor.permissions === null) return null;
  const beyond = operationNames().find((name) => permits(grant, name) && !permits(actor, name));
  return beyond === undefined ? null : `permission ${beyond}`;
}

/** Whether a permission pattern covers at least one operation. */
export function isPermission(pattern: string): boolean {
  return pattern !== '*' && operationNames().some((name) => covers(pattern, name));
}
