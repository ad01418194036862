import { randomBytes, randomUUID } from 'node:crypto';
import { type Actor, exceeds, type Grant, isPermission } from '../../domain/access.ts';
import { FairleadError, type FieldError } from '../../domain/errors.ts';
import { hashSecret, TOKEN_PREFIX } from '../../domain/secret.ts';
import type { Clock } from '../ports/clock.ts';
import type { TokenRecord, TokenRepository } from '../ports/token-repository.ts';

export interface CreateTokenDeps {
  readonly tokens: Pick<TokenRepository, 'insert' | 'get'>;
  readonly clock: Clock;
}

export interface CreateTokenInput extends Grant {
  readonly name: string;
  readonly expiresAt: Date | null;
}

export interface CreatedToken {
  readonly record: TokenRecord;
  /** The token itself: told now and never again. */
  readonly token: string;
}

/**
 * Makes a token that reaches no further, and works no longer, than the one it is made with.
 *
 * @throws FairleadError VALIDATION_FAILED, FORBIDDEN
 */
export function createToken({ tokens, clock }: CreateTokenDeps) {
  return async (actor: Actor, input: CreateTokenInput): Promise<CreatedToken> => {
    const now = clock.now();
    const mistakes = mistakesOf(input, now);
    if (mistakes.length > 0) {
      throw new FairleadError('VALIDATION_FAILED', `${mistakes[0]?.path}: ${mistakes[0]?.message}`, {
        errors: mistakes,
      });
    }
    const beyond = exceeds(actor, input) ?? (await outlives(input, actor));
    if (beyond !== null) {
      throw new FairleadError(
        'FORBIDDEN',
        `The token "${actor.name}" cannot grant more than it has: ${beyond}.`,
      );
    }
    const { name, role, permissions, hosts, stacks, projects, expiresAt } = input;
    const record: TokenRecord = {
      ...{ id: randomUUID(), name, role, permissions, hosts, stacks, projects, expiresAt },
      ...{ createdAt: now, createdBy: actor.tokenId, revokedAt: null, lastUsedAt: null },
    };
    const token = newToken();
    await tokens.insert({ ...record, hash: hashSecret(token) });
    return { record, token };
  };

  async function outlives({ expiresAt }: CreateTokenInput, actor: Actor): Promise<string | null> {
    const own = (await tokens.get(actor.tokenId))?.expiresAt ?? null;
    if (own === null || (expiresAt !== null && expiresAt <= own)) return null;
    return `a life beyond ${own.toISOString()}`;
  }
}

/** 256 random bits. */
export function newToken(): string {
  return TOKEN_PREFIX + randomBytes(32).toString('base64url');
}

function mistakesOf({ permissions, expiresAt }: CreateTokenInput, now: Date): FieldError[] {
  const mistakes: FieldError[] = [];
  for (const [index, pattern] of (permissions ?? []).entries()) {
    if (isPermission(pattern)) continue;
    mistakes.push({
      path: `body/permissions/${index}`,
      message: `"${pattern}" is no operation; use a name such as containers.start, or all of a kind: containers.*`,
    });
  }
  if (expiresAt !== null && expiresAt <= now) {
    mistakes.push({ path: 'body/expiresAt', message: 'is not in the future' });
  }
  return mistakes;
}
