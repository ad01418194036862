import { randomUUID } from 'node:crypto';
import type { Actor } from '../domain/access.ts';
import { OPERATIONS, type OperationName, ROLES, type Role } from '../domain/operations.ts';
import { OperatorError } from '../domain/operator-error.ts';
import { createAuditRepository } from '../repositories/audit-repository.ts';
import type { Handle } from '../repositories/handle.ts';
import { createTokenRepository } from '../repositories/token-repository.ts';
import { createToken } from '../use-cases/access/create-token.ts';
import { revokeToken } from '../use-cases/access/revoke-token.ts';
import type { Clock } from '../use-cases/ports/clock.ts';
import type { TokenRecord, TokenRepository } from '../use-cases/ports/token-repository.ts';
import { attempt, withDatabase } from './attempt.ts';
import type { CommandContext } from './context.ts';

export interface TokenCreateArguments {
  readonly name: string;
  readonly role: string;
  /** Empty: not narrowed. The same for the next three. */
  readonly permissions: readonly string[];
  readonly hosts: readonly string[];
  readonly stacks: readonly string[];
  readonly projects: readonly string[];
  /** ISO 8601, or a number of days such as `30d`; `null`: never. */
  readonly expires: string | null;
}

const CLOCK: Clock = { now: () => new Date(), elapsed: () => performance.now() };
const DAY_MS = 86_400_000;

/** Whoever can open the database directly may do anything to it. */
const COMMAND_LINE: Actor = {
  ...{ tokenId: '', name: 'command line', role: 'admin', requestId: '', address: 'command line' },
  ...{ permissions: null, hosts: null, stacks: null, projects: null },
};

/** `fairlead token create`: makes a token directly in the database; prints it, and nothing else, to the standard output. */
export function tokenCreateCommand(context: CommandContext, given: TokenCreateArguments): Promise<number> {
  return attempt(context, () =>
    withDatabase(context, async ({ db }) => {
      const tokens = createTokenRepository(db);
      // No token made it.
      const insert: TokenRepository['insert'] = (token) => tokens.insert({ ...token, createdBy: null });
      const create = createToken({ tokens: { ...tokens, insert }, clock: CLOCK });
      const { record, token } = await create(COMMAND_LINE, {
        name: parseName(given.name),
        role: parseRole(given.role),
        permissions: narrowing(given.permissions),
        hosts: narrowing(given.hosts),
        stacks: narrowing(given.stacks),
        projects: narrowing(given.projects),
        expiresAt: parseExpiry(given.expires),
      });
      await audit(db, 'access.tokens.create', record.id);
      context.stderr.write(`Token ${record.id} "${record.name}" (${record.role}); it is shown only now:\n`);
      context.stdout.write(`${token}\n`);
      return 0;
    }),
  );
}

/** `fairlead token list`: one line a token, newest first; its state, role, id and name between tabs. */
export function tokenListCommand(context: CommandContext): Promise<number> {
  return attempt(context, () =>
    withDatabase(context, async ({ db }) => {
      const tokens = createTokenRepository(db);
      let cursor: string | null = null;
      do {
        const page = await tokens.list({ limit: 100, cursor });
        for (const token of page.items) context.stdout.write(`${describe(token)}\n`);
        cursor = page.nextCursor;
      } while (cursor !== null);
      return 0;
    }),
  );
}

/** `fairlead token revoke <id>`: the token opens nothing any more; on running servers within two seconds. */
export function tokenRevokeCommand(
  context: CommandContext,
  { id }: { readonly id: string },
): Promise<number> {
  return attempt(context, () =>
    withDatabase(context, async ({ db }) => {
      const tokens = createTokenRepository(db);
      const authenticator = { forget: () => undefined };
      await revokeToken({ tokens, authenticator, clock: CLOCK })(COMMAND_LINE, { id });
      await audit(db, 'access.tokens.revoke', id);
      context.stderr.write(`Token ${id} is revoked.\n`);
      return 0;
    }),
  );
}

function audit(db: Handle, operation: OperationName, targetId: string): Promise<void> {
  return createAuditRepository(db).append({
    ...{ id: randomUUID(), time: CLOCK.now(), requestId: randomUUID(), operation, targetId },
    ...{ tokenId: null, actorName: COMMAND_LINE.name, address: COMMAND_LINE.address, host: null },
    ...{ targetType: OPERATIONS[operation].target, outcome: 'succeeded', errorCode: null, details: null },
  });
}

function describe({ id, name, role, revokedAt, expiresAt }: TokenRecord): string {
  const expired = expiresAt !== null && expiresAt <= CLOCK.now();
  const state = revokedAt !== null ? 'revoked' : expired ? 'expired' : 'valid';
  return [state, role, id, name].join('\t');
}

function parseName(text: string): string {
  const name = text.trim();
  if (name === '' || name.length > 100) throw new OperatorError('The name has 1 to 100 characters.');
  return name;
}

function parseRole(text: string): Role {
  const role = ROLES.find((known) => known === text);
  if (role === undefined) throw new OperatorError(`There is no role "${text}": use ${ROLES.join(', ')}.`);
  return role;
}

function parseExpiry(text: string | null): Date | null {
  if (text === null) return null;
  const days = /^(\d{1,5})d$/.exec(text)?.[1];
  const expiry =
    days === undefined ? new Date(text) : new Date(CLOCK.now().getTime() + Number(days) * DAY_MS);
  if (!Number.isNaN(expiry.getTime())) return expiry;
  throw new OperatorError(`"${text}" is no time: use 2030-01-31T12:00:00Z or a number of days such as 30d.`);
}

function narrowing(values: readonly string[]): readonly string[] | null {
  return values.length === 0 ? null : values;
}
