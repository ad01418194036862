import { setTimeout as delay } from 'node:timers/promises';
import { DrizzleQueryError } from 'drizzle-orm/errors';
import { describe, expect, it } from 'vitest';
import { FairleadError } from '../../src/domain/errors.ts';
import {
  DatabaseError,
  guarded,
  translateDatabaseError,
  withDeadline,
} from '../../src/repositories/database-errors.ts';

const SECRET = 'parameter-that-is-secret';

function queryError(fields: Record<string, unknown>, message = 'the database said no'): DrizzleQueryError {
  return new DrizzleQueryError('select $1', [SECRET], Object.assign(new Error(message), fields));
}

describe('An error of the database', () => {
  it.each([
    'ECONNREFUSED',
    'CONNECTION_CLOSED',
    'CONNECT_TIMEOUT',
    'EPIPE',
    'ENOTFOUND',
    '08006',
    '28P01',
    '3D000',
    '53300',
    '57P01',
    '57014',
    '25006',
  ])('with the code %s says that the database is away', (code) => {
    expect(translateDatabaseError(queryError({ code }))).toMatchObject({
      code: 'DATABASE_UNAVAILABLE',
      cause: { message: 'the database said no' },
    });
  });

  it.each(['23505', '42P01', '40001', '22001'])('with the code %s stays what it is', (code) => {
    const translated = translateDatabaseError(queryError({ code, constraint_name: 'tokens_hash_unique' }));
    expect(translated).toBeInstanceOf(DatabaseError);
    expect(translated).toMatchObject({ sqlState: code, constraint: 'tokens_hash_unique' });
  });

  it('never shows the values of the statement, in no property and no cause', () => {
    const details = { detail: `Key (hash)=(${SECRET}) already exists.`, parameters: [SECRET], query: SECRET };
    const errors = [
      queryError({ code: '23505', ...details }),
      queryError({ code: '22P02' }, `invalid input syntax for type uuid: "${SECRET}"`),
      queryError({ code: 'ECONNRESET', ...details }),
    ];
    for (const error of errors) {
      const shown: unknown[] = [];
      for (let at: unknown = translateDatabaseError(error); at instanceof Error; at = at.cause) {
        shown.push(Object.getOwnPropertyNames(at).map((name) => Reflect.get(at as object, name) as unknown));
      }
      expect(JSON.stringify(shown)).not.toContain(SECRET);
    }
  });

  it('of a name with several addresses is told by its first failure', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED ::1:5432'), { code: 'ECONNREFUSED' });
    const translated = translateDatabaseError(new AggregateError([refused]));
    expect(translated).toMatchObject({ code: 'DATABASE_UNAVAILABLE', cause: { message: refused.message } });
  });

  it('that is none of its own passes unchanged, and one that is no error becomes one', () => {
    const own = new FairleadError('INVALID_CURSOR', 'no');
    expect(translateDatabaseError(own)).toBe(own);
    expect(translateDatabaseError('text')).toBeInstanceOf(DatabaseError);
  });
});

describe('A guarded repository', () => {
  it('answers as before, and translates what is thrown', async () => {
    const repository = guarded({
      double: async (value: number) => value * 2,
      fail: async () => {
        throw queryError({ code: 'ECONNREFUSED' });
      },
    });
    expect(await repository.double(4)).toBe(8);
    await expect(repository.fail()).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' });
  });

  it('does not wait for ever', async () => {
    const late = withDeadline(() => delay(5_000, undefined, { ref: false }), 20);
    await expect(late).rejects.toMatchObject({
      code: 'DATABASE_UNAVAILABLE',
      message: 'The database did not answer within 0.02 s.',
    });
  });
});
