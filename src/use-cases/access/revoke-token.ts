import type { Actor, Grant } from '../../domain/access.ts';
import { FairleadError } from '../../domain/errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { TokenRecord, TokenRepository } from '../ports/token-repository.ts';
import type { Authenticator } from './authenticator.ts';
import { getToken } from './get-token.ts';

export interface RevokeTokenDeps {
  readonly tokens: Pick<TokenRepository, 'get' | 'revoke' | 'countActiveAdmins'>;
  readonly authenticator: Pick<Authenticator, 'forget'>;
  readonly clock: Clock;
}

export interface RevokeTokenInput {
  readonly id: string;
  /** Throws when the token is not in the state that the caller has seen. */
  readonly check?: (token: TokenRecord) => void;
}

/**
 * Revokes a token; one that is revoked already stays so. It opens nothing from now on, here at once and on other servers
 * within two seconds, and what it has open is closed.
 *
 * @throws FairleadError TOKEN_NOT_FOUND, FORBIDDEN, LAST_ADMIN_TOKEN, and what `check` throws
 */
export function revokeToken({ tokens, authenticator, clock }: RevokeTokenDeps) {
  /** One after the other: two that revoke each other must not both find the other one still there. */
  let last: Promise<unknown> = Promise.resolve();

  async function revoke(actor: Actor, { id, check }: RevokeTokenInput): Promise<void> {
    const token = await getToken({ tokens })(actor, id);
    check?.(token);
    if (token.revokedAt !== null) return;
    const now = clock.now();
    const works = token.expiresAt === null || token.expiresAt > now;
    if (works && isWholeAdmin(token) && (await tokens.countActiveAdmins(now)) <= 1) {
      throw new FairleadError(
        'LAST_ADMIN_TOKEN',
        `"${token.name}" is the last admin token without narrowing.`,
      );
    }
    await tokens.revoke(id, now);
    authenticator.forget(id);
  }

  return (actor: Actor, input: RevokeTokenInput): Promise<void> => {
    const mine = last.then(
      () => revoke(actor, input),
      () => revoke(actor, input),
    );
    last = mine;
    return mine;
  };
}

function isWholeAdmin({ role, permissions, hosts, stacks, projects }: Grant): boolean {
  return role === 'admin' && [permissions, hosts, stacks, projects].every((narrowing) => narrowing === null);
}
