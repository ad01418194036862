import type { Log } from '../use-cases/ports/log.ts';

/** Why something open is ended from this side. `out-of-time`: a shutdown waits no longer. */
export type SessionEnd = 'token-ended' | 'shutting-down' | 'out-of-time';

/** A WebSocket or an answer that goes on. */
export interface Session {
  readonly tokenId: string;
  /** Ends it soon; may be called more than once. */
  end(why: SessionEnd): void;
}

/** What is open, by the token that opened it. */
export interface Sessions {
  /** Answers how to take it out again. */
  open(session: Session): () => void;
  endToken(tokenId: string): void;
  endAll(why: SessionEnd): void;
  readonly size: number;
  stop(): void;
}

export interface SessionsDeps {
  /** Rejects when it cannot tell. */
  readonly stillValid: (tokenId: string) => Promise<boolean>;
  readonly log: Log;
  readonly checkEveryMs?: number;
}

const CHECK_EVERY_MS = 500;

/** Looks twice a second whether the tokens behind what is open still hold, and ends what one that does not has opened. */
export function createSessions({ stillValid, log, checkEveryMs = CHECK_EVERY_MS }: SessionsDeps): Sessions {
  const byToken = new Map<string, Set<Session>>();
  let size = 0;
  let checking = false;

  function endToken(tokenId: string): void {
    for (const session of [...(byToken.get(tokenId) ?? [])]) session.end('token-ended');
  }

  async function check(): Promise<void> {
    checking = true;
    for (const tokenId of [...byToken.keys()]) {
      try {
        if (!(await stillValid(tokenId))) endToken(tokenId);
      } catch (error) {
        // What is open stays open while the database is away: cutting every terminal would help nobody.
        log.warn({ err: error }, 'whether open connections may stay open is not known just now');
        break;
      }
    }
    checking = false;
  }

  const timer = setInterval(() => {
    if (!checking && size > 0) void check();
  }, checkEveryMs);
  timer.unref();

  return {
    open(session) {
      const own = byToken.get(session.tokenId) ?? new Set();
      byToken.set(session.tokenId, own);
      own.add(session);
      size += 1;
      return () => {
        if (!own.delete(session)) return;
        size -= 1;
        if (own.size === 0 && byToken.get(session.tokenId) === own) byToken.delete(session.tokenId);
      };
    },
    endToken,
    endAll(why) {
      for (const own of [...byToken.values()]) for (const session of [...own]) session.end(why);
    },
    get size() {
      return size;
    },
    stop: () => clearInterval(timer),
  };
}
