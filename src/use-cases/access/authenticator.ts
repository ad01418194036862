import { FairleadError } from '../../domain/errors.ts';
import { hashSecret, TICKET_PREFIX, TOKEN_PREFIX } from '../../domain/secret.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { TicketRepository } from '../ports/ticket-repository.ts';
import type { TokenRecord, TokenRepository } from '../ports/token-repository.ts';

export interface AuthenticatorDeps {
  readonly tokens: Pick<TokenRepository, 'findByHash' | 'get' | 'touch'>;
  readonly tickets: Pick<TicketRepository, 'consume'>;
  readonly clock: Clock;
  readonly log: Log;
}

/** Knows tokens and tickets from strangers. Every method throws UNAUTHENTICATED for what opens nothing (any more). */
export interface Authenticator {
  /** The token, where it was read from the database a moment ago; `null` where the database has to be asked. */
  recall(token: string): TokenRecord | null;
  /** Whether it was valid when it was last looked at, however long ago. */
  knows(token: string): boolean;
  /** @throws FairleadError UNAUTHENTICATED, DATABASE_UNAVAILABLE */
  byToken(token: string): Promise<TokenRecord>;
  /**
   * The token for which the ticket stands. It is used up, whatever comes of it.
   *
   * @throws FairleadError UNAUTHENTICATED, DATABASE_UNAVAILABLE
   */
  byTicket(ticket: string): Promise<TokenRecord>;
  /**
   * Whether a token that has opened something may keep it open.
   *
   * @throws FairleadError DATABASE_UNAVAILABLE; nothing is known then
   */
  stillValid(tokenId: string): Promise<boolean>;
  /** To be called when a token was revoked by this server, which then holds from now on. */
  forget(tokenId: string): void;
  /** Calls back for every token that `forget` is called with. */
  onForget(listener: (tokenId: string) => void): void;
  /** Waits for what is still being written. */
  close(): Promise<void>;
}

interface Entry {
  readonly record: TokenRecord;
  readonly loadedAt: number;
}

/** A revocation by another server holds here after this long. */
const FRESH_MS = 1_200;
/** `lastUsedAt` is not written more often. */
const TOUCH_MS = 60_000;
const MAX_ENTRIES = 5_000;

export function createAuthenticator({ tokens, tickets, clock, log }: AuthenticatorDeps): Authenticator {
  /** What was read last of a token, by its id; the one read longest ago first. */
  const entries = new Map<string, Entry>();
  /** The ids of tokens by their hash; both of such a pair stay as they are for ever. */
  const ids = new Map<string, string>();
  const loading = new Map<string, Promise<TokenRecord | null>>();
  const touching = new Set<Promise<void>>();
  const listeners: ((tokenId: string) => void)[] = [];
  /** Counts revocations: what was being read while one came in is not kept. */
  let revocations = 0;

  function keep(record: TokenRecord): void {
    entries.delete(record.id);
    entries.set(record.id, { record, loadedAt: clock.elapsed() });
    const [oldest] = entries.keys();
    if (entries.size > MAX_ENTRIES && oldest !== undefined) entries.delete(oldest);
    if (ids.size > 2 * MAX_ENTRIES) ids.clear();
  }

  function fresh(id: string | undefined): TokenRecord | null {
    const entry = id === undefined ? undefined : entries.get(id);
    return entry !== undefined && clock.elapsed() - entry.loadedAt < FRESH_MS ? entry.record : null;
  }

  async function read(find: () => Promise<TokenRecord | null>): Promise<TokenRecord | null> {
    const before = revocations;
    const record = await find();
    if (record !== null && before === revocations) keep(record);
    return record;
  }

  /** Reads a token by its hash; requests that come meanwhile share the answer. */
  function load(hash: string): Promise<TokenRecord | null> {
    const running = loading.get(hash);
    if (running !== undefined) return running;
    const reading = read(() => tokens.findByHash(hash))
      .then((record) => {
        if (record !== null) ids.set(hash, record.id);
        return record;
      })
      .finally(() => {
        if (loading.get(hash) === reading) loading.delete(hash);
      });
    loading.set(hash, reading);
    return reading;
  }

  function admit(record: TokenRecord | null): TokenRecord {
    if (record === null) throw unauthenticated('The token is not known.');
    const now = clock.now();
    if (record.revokedAt !== null) throw unauthenticated('The token has been revoked.');
    if (expired(record, now)) throw unauthenticated('The token has expired.');
    return record;
  }

  function works(record: TokenRecord): boolean {
    return record.revokedAt === null && !expired(record, clock.now());
  }

  function noteUse(record: TokenRecord): void {
    const now = clock.now();
    if (record.lastUsedAt !== null && now.getTime() - record.lastUsedAt.getTime() < TOUCH_MS) return;
    const writing = tokens
      .touch(record.id, now)
      .catch((error: unknown) =>
        log.warn({ err: error, token: record.id }, 'the last use of a token was not noted'),
      )
      .finally(() => touching.delete(writing));
    touching.add(writing);
  }

  return {
    recall(token) {
      const record = fresh(ids.get(hashSecret(token)));
      return record === null ? null : admit(record);
    },
    knows(token) {
      const id = ids.get(hashSecret(token));
      const entry = id === undefined ? undefined : entries.get(id);
      return entry !== undefined && works(entry.record);
    },
    async byToken(token) {
      if (!token.startsWith(TOKEN_PREFIX)) throw unauthenticated('The token is not known.');
      const record = admit(await load(hashSecret(token)));
      noteUse(record);
      return record;
    },
    async byTicket(ticket) {
      const unknown = 'The ticket is not known, was used, or is older than 30 seconds.';
      if (!ticket.startsWith(TICKET_PREFIX)) throw unauthenticated(unknown);
      const tokenId = await tickets.consume(hashSecret(ticket), clock.now());
      if (tokenId === null) throw unauthenticated(unknown);
      return admit(await read(() => tokens.get(tokenId)));
    },
    async stillValid(tokenId) {
      // What is over stays over, so that an expiry holds even while the database is away.
      const last = entries.get(tokenId)?.record;
      if (last !== undefined && !works(last)) return false;
      const record = fresh(tokenId) ?? (await read(() => tokens.get(tokenId)));
      return record !== null && works(record);
    },
    forget(tokenId) {
      revocations += 1;
      // Whoever asks from now on must not share what was asked before.
      loading.clear();
      entries.delete(tokenId);
      for (const listener of listeners) listener(tokenId);
    },
    onForget(listener) {
      listeners.push(listener);
    },
    async close() {
      await Promise.all(touching);
    },
  };
}

function expired({ expiresAt }: TokenRecord, now: Date): boolean {
  return expiresAt !== null && expiresAt <= now;
}

function unauthenticated(detail: string): FairleadError {
  return new FairleadError('UNAUTHENTICATED', detail);
}
