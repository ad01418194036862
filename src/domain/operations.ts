/** Roles, each with all rights of the one before it. */
export const ROLES = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** What an operation acts on; names the target's type in the audit trail. */
export type TargetType = 'system' | 'container' | 'exec' | 'terminal' | 'token' | 'audit' | 'host';

export interface Operation {
  /** The least role that has the right. `public` needs no token. */
  readonly role: Role | 'public';
  /** Whether it changes something: then it is audited, and a POST honours Idempotency-Key. */
  readonly changes: boolean;
  readonly target: TargetType;
  /** About the caller's own token only: narrowing by permissions does not take it away. */
  readonly personal: boolean;
}

const read = (role: Operation['role'], target: TargetType): Operation => ({
  role,
  target,
  changes: false,
  personal: false,
});
const change = (role: Role, target: TargetType): Operation => ({
  role,
  target,
  changes: true,
  personal: false,
});
const personal: Operation = { role: 'viewer', target: 'token', changes: false, personal: true };

/**
 * The table of rights: one row an operation, every route names one. Permission, audit and metrics all go by this name.
 * A token's `permissions` narrow it to names of this table, or to a prefix such as `containers.*`.
 */
export const OPERATIONS = {
  'system.health': read('public', 'system'),
  'system.ready': read('public', 'system'),
  'system.documents': read('public', 'system'),
  'system.metrics': read('viewer', 'system'),
  'system.version': read('viewer', 'host'),
  'system.info': read('viewer', 'host'),
  'system.df': read('viewer', 'host'),
  'system.events': read('viewer', 'host'),

  'access.whoami': personal,
  'access.ws-tickets.create': personal,
  'access.tokens.list': read('admin', 'token'),
  'access.tokens.create': change('admin', 'token'),
  'access.tokens.revoke': change('admin', 'token'),
  'access.audit.list': read('admin', 'audit'),

  'containers.list': read('viewer', 'container'),
  'containers.get': read('viewer', 'container'),
  'containers.top': read('viewer', 'container'),
  'containers.changes': read('viewer', 'container'),
  'containers.wait': read('viewer', 'container'),
  'containers.logs': read('viewer', 'container'),
  'containers.stats': read('viewer', 'container'),
  'containers.create': change('operator', 'container'),
  'containers.remove': change('operator', 'container'),
  'containers.start': change('operator', 'container'),
  'containers.stop': change('operator', 'container'),
  'containers.restart': change('operator', 'container'),
  'containers.kill': change('operator', 'container'),
  'containers.pause': change('operator', 'container'),
  'containers.unpause': change('operator', 'container'),
  'containers.rename': change('operator', 'container'),
  'containers.update': change('operator', 'container'),
  'containers.commit': change('operator', 'container'),
  'containers.archive.read': read('operator', 'container'),
  'containers.archive.write': change('operator', 'container'),
  'containers.prune': change('admin', 'container'),

  'containers.exec.create': change('operator', 'container'),
  'containers.exec.inspect': read('operator', 'exec'),
  'containers.exec.start': change('operator', 'exec'),
  'containers.exec.resize': read('operator', 'exec'),
  'containers.attach': change('operator', 'container'),
  'containers.terminal': change('operator', 'container'),
  'terminals.list': read('operator', 'terminal'),
  'terminals.attach': change('operator', 'terminal'),
  'terminals.recording': read('operator', 'terminal'),
  'terminals.end': change('operator', 'terminal'),
} as const satisfies Record<string, Operation>;

export type OperationName = keyof typeof OPERATIONS;

/** The rights behind a name. */
export function operation(name: OperationName): Operation {
  return OPERATIONS[name];
}

/** Every name of the table, in its order. */
export function operationNames(): OperationName[] {
  return Object.keys(OPERATIONS) as OperationName[];
}
