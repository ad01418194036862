import { DrizzleQueryError } from 'drizzle-orm/errors';
import { FairleadError, isFairleadError } from '../domain/errors.ts';

/** Longer than any query of a repository takes while the database is well. */
const DEADLINE_MS = 10_000;

/** Error codes of Node and of the driver that mean the server was not reached, or was lost. */
const CONNECTION_CODES = new Set([
  'CONNECTION_CLOSED',
  'CONNECTION_DESTROYED',
  'CONNECTION_ENDED',
  'CONNECT_TIMEOUT',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
]);

/**
 * SQLSTATEs of a server that cannot work just now: connection lost (08), login refused (28), no such database (3D000),
 * locked for too long (55P03), statement cancelled or server going down (57), out of resources (53), disk trouble (58),
 * read-only after a failover (25006), idle for too long within a transaction (25P03).
 */
const UNAVAILABLE_STATES = /^(08...|28...|3D000|55P03|57...|53...|58...|25006|25P03)$/;

/** What the database answered to a statement, without the statement and its values: those may be secrets. */
export class DatabaseError extends Error {
  /** Five characters, as PostgreSQL documents them; `null` when the error did not come from the database. */
  readonly sqlState: string | null;
  readonly constraint: string | null;

  constructor(message: string, sqlState: string | null, constraint: string | null) {
    super(message);
    this.name = 'DatabaseError';
    this.sqlState = sqlState;
    this.constraint = constraint;
  }
}

/**
 * Turns what a driver or Drizzle threw into DATABASE_UNAVAILABLE, or into a DatabaseError for anything unexpected.
 * FairleadErrors pass through. Drizzle's own message holds the bound values, so only its cause is looked at.
 */
export function translateDatabaseError(error: unknown): FairleadError | DatabaseError {
  if (isFairleadError(error)) return error;
  const cause = error instanceof DrizzleQueryError ? error.cause : error;
  const { code, message, constraint } = describe(cause);
  // EPIPE has five characters too; no SQLSTATE begins with E.
  const sqlState = code !== null && /^[0-9A-DF-Z][0-9A-Z]{4}$/.test(code) ? code : null;
  // Data exceptions (class 22) quote the value that was refused.
  const quotesValue = sqlState?.startsWith('22') === true;
  const told = quotesValue ? `The database refused a value (SQLSTATE ${sqlState}).` : message;
  const safe = new DatabaseError(told, sqlState, constraint);
  if (!isUnavailable(code, sqlState, message)) return safe;
  return new FairleadError('DATABASE_UNAVAILABLE', 'The database cannot be reached just now.', {
    cause: safe,
  });
}

/** Gives every method of a repository a deadline, and errors that the layers above know. */
export function guarded<Repository extends object>(repository: Repository): Repository {
  const methods = Object.entries(repository).map(([name, method]) => [
    name,
    (...args: unknown[]) => withDeadline(() => (method as (...args: unknown[]) => Promise<unknown>)(...args)),
  ]);
  return Object.fromEntries(methods) as Repository;
}

/** Runs `work`, translates its errors, and gives up waiting for it after `timeoutMs` with DATABASE_UNAVAILABLE. */
export async function withDeadline<T>(work: () => Promise<T>, timeoutMs: number = DEADLINE_MS): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      const detail = `The database did not answer within ${timeoutMs / 1000} s.`;
      reject(new FairleadError('DATABASE_UNAVAILABLE', detail));
    }, timeoutMs);
  });
  try {
    return await Promise.race([work(), expired]);
  } catch (error) {
    throw translateDatabaseError(error);
  } finally {
    clearTimeout(timer);
  }
}

function isUnavailable(code: string | null, sqlState: string | null, message: string): boolean {
  if (sqlState !== null) return UNAVAILABLE_STATES.test(sqlState);
  if (code !== null && CONNECTION_CODES.has(code)) return true;
  return /PGlite is clos(ed|ing)/.test(message);
}

function describe(cause: unknown): { code: string | null; message: string; constraint: string | null } {
  if (!(cause instanceof Error)) return { code: null, message: 'The database failed.', constraint: null };
  const fields = cause as Error & {
    code?: unknown;
    constraint?: unknown;
    constraint_name?: unknown;
    errors?: unknown;
  };
  // Node gathers the failures of several addresses of one name in an AggregateError without a message of its own.
  if (Array.isArray(fields.errors) && fields.errors.length > 0 && !cause.message)
    return describe(fields.errors[0]);
  const constraint = fields.constraint_name ?? fields.constraint;
  return {
    code: typeof fields.code === 'string' ? fields.code : null,
    message: cause.message,
    constraint: typeof constraint === 'string' ? constraint : null,
  };
}
