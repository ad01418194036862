import { randomBytes } from 'node:crypto';
import postgres from 'postgres';
import { postgresUrl } from './testbed.ts';

/** An empty PostgreSQL database of a test's own. Disposing it ends its connections and drops it. */
export interface TestDatabase extends AsyncDisposable {
  readonly url: string;
}

async function onServer(statement: string): Promise<void> {
  const sql = postgres(postgresUrl(), { max: 1, onnotice: () => undefined });
  try {
    await sql.unsafe(statement);
  } finally {
    await sql.end();
  }
}

/** Creates an empty database on the test bed's PostgreSQL: `await using database = await testDatabase();` */
export async function testDatabase(): Promise<TestDatabase> {
  const name = `fairlead_test_${randomBytes(6).toString('hex')}`;
  await onServer(`CREATE DATABASE "${name}"`);
  const url = new URL(postgresUrl());
  url.pathname = `/${name}`;
  return {
    url: url.toString(),
    [Symbol.asyncDispose]: () => onServer(`DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`),
  };
}
