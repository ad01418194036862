import { randomUUID } from 'node:crypto';
import { hashSecret } from '../../domain/secret.ts';
import type { Clock } from '../ports/clock.ts';
import type { NewToken, TokenRepository } from '../ports/token-repository.ts';
import { newToken } from './create-token.ts';

export interface BootstrapAdminDeps {
  readonly tokens: Pick<TokenRepository, 'insert' | 'get' | 'findByHash' | 'countActiveAdmins'>;
  readonly clock: Clock;
}

export type Bootstrap =
  /** There is a way in already. */
  | { readonly outcome: 'ready' }
  /** The configured token was stored, and works from now on. */
  | { readonly outcome: 'configured' }
  /** The configured token was stored before and does not work any more; another one must be configured. */
  | { readonly outcome: 'configured-is-dead' }
  /** A token was made; show it to the operator once, and never log it. */
  | { readonly outcome: 'made'; readonly token: string };

/** The id of the token that the first start makes: of several servers that start at once on one database, one can insert it. */
const FIRST_ADMIN_ID = '00000000-0000-4000-8000-000000000001';

/**
 * Makes sure that somebody can get in: stores the configured admin token, or makes one if there is none that works and none
 * was made before.
 *
 * @throws FairleadError DATABASE_UNAVAILABLE
 */
export function bootstrapAdmin(deps: BootstrapAdminDeps) {
  return async (configured: string | null): Promise<Bootstrap> =>
    configured === null ? make(deps) : adopt(deps, configured);
}

async function adopt({ tokens, clock }: BootstrapAdminDeps, configured: string): Promise<Bootstrap> {
  const hash = hashSecret(configured);
  const now = clock.now();
  const known = await tokens.findByHash(hash);
  if (known !== null) {
    const works = known.revokedAt === null && (known.expiresAt === null || known.expiresAt > now);
    return { outcome: works ? 'ready' : 'configured-is-dead' };
  }
  const mine = await insertUnlessThere(
    () => tokens.insert(admin(randomUUID(), 'admin (configured)', hash, now)),
    () => tokens.findByHash(hash),
  );
  return { outcome: mine ? 'configured' : 'ready' };
}

async function make({ tokens, clock }: BootstrapAdminDeps): Promise<Bootstrap> {
  const now = clock.now();
  if ((await tokens.countActiveAdmins(now)) > 0) return { outcome: 'ready' };
  if ((await tokens.get(FIRST_ADMIN_ID)) !== null) return { outcome: 'ready' };
  const token = newToken();
  const mine = await insertUnlessThere(
    () => tokens.insert(admin(FIRST_ADMIN_ID, 'admin (first start)', hashSecret(token), now)),
    () => tokens.get(FIRST_ADMIN_ID),
  );
  return mine ? { outcome: 'made', token } : { outcome: 'ready' };
}

/** Whether this server inserted it: false when another one was faster. */
async function insertUnlessThere(
  insert: () => Promise<void>,
  find: () => Promise<unknown>,
): Promise<boolean> {
  try {
    await insert();
    return true;
  } catch (error) {
    if ((await find()) === null) throw error;
    return false;
  }
}

function admin(id: string, name: string, hash: string, createdAt: Date): NewToken {
  return {
    ...{ id, name, hash, role: 'admin', createdAt, createdBy: null, expiresAt: null },
    ...{ permissions: null, hosts: null, stacks: null, projects: null, revokedAt: null, lastUsedAt: null },
  };
}
