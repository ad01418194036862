import { type Actor, exceeds } from '../../domain/access.ts';
import type { Page, PageRequest } from '../../domain/cursor.ts';
import type { TokenRecord, TokenRepository } from '../ports/token-repository.ts';

/** The tokens that reach no further than the actor's own; a page may hold fewer than `limit`, and still have a next one. */
export function listTokens({ tokens }: { readonly tokens: Pick<TokenRepository, 'list'> }) {
  return async (actor: Actor, request: PageRequest): Promise<Page<TokenRecord>> => {
    const { items, nextCursor } = await tokens.list(request);
    return { items: items.filter((token) => exceeds(actor, token) === null), nextCursor };
  };
}
