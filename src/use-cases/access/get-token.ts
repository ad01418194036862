import { type Actor, exceeds } from '../../domain/access.ts';
import { FairleadError } from '../../domain/errors.ts';
import type { TokenRecord, TokenRepository } from '../ports/token-repository.ts';

/**
 * One token, unless it reaches further than the actor's own.
 *
 * @throws FairleadError TOKEN_NOT_FOUND, FORBIDDEN
 */
export function getToken({ tokens }: { readonly tokens: Pick<TokenRepository, 'get'> }) {
  return async (actor: Actor, id: string): Promise<TokenRecord> => {
    const token = await tokens.get(id);
    if (token === null) throw new FairleadError('TOKEN_NOT_FOUND', `There is no token "${id}".`);
    const beyond = exceeds(actor, token);
    if (beyond === null) return token;
    throw new FairleadError(
      'FORBIDDEN',
      `The token "${id}" reaches further than "${actor.name}": ${beyond}.`,
    );
  };
}
