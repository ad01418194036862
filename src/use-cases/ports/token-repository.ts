import type { Grant } from '../../domain/access.ts';
import type { Page, PageRequest } from '../../domain/cursor.ts';

/** A stored API token. The token itself is stored nowhere, only its hash. */
export interface TokenRecord extends Grant {
  /** UUID. */
  readonly id: string;
  readonly name: string;
  readonly createdAt: Date;
  /** Id of the token that made this one; `null` for one made at the first start or on the command line. */
  readonly createdBy: string | null;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
  readonly lastUsedAt: Date | null;
}

export interface NewToken extends TokenRecord {
  /** SHA-256 of the whole token, 64 lower-case hex digits. */
  readonly hash: string;
}

/** Every method throws DATABASE_UNAVAILABLE while the database cannot be reached. */
export interface TokenRepository {
  insert(token: NewToken): Promise<void>;
  /** The token with this hash, revoked and expired ones too. */
  findByHash(hash: string): Promise<TokenRecord | null>;
  get(id: string): Promise<TokenRecord | null>;
  /**
   * All tokens, revoked and expired ones too, newest first.
   *
   * @throws FairleadError INVALID_CURSOR
   */
  list(page: PageRequest): Promise<Page<TokenRecord>>;
  /** Whether this call revoked it: false when there is no such token or it was revoked before. */
  revoke(id: string, at: Date): Promise<boolean>;
  /** How many tokens with the role admin and no narrowing are neither revoked nor expired at this time. */
  countActiveAdmins(at: Date): Promise<number>;
  /** Notes the last use; an older time than the one noted changes nothing. */
  touch(id: string, at: Date): Promise<void>;
}
