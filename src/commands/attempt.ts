import { ConfigError, loadConfig } from '../config.ts';
import { FairleadError } from '../domain/errors.ts';
import { OperatorError } from '../domain/operator-error.ts';
import { openDatabase } from '../repositories/database.ts';
import { DatabaseError, translateDatabaseError } from '../repositories/database-errors.ts';
import type { Database } from '../repositories/handle.ts';
import type { CommandContext } from './context.ts';

/** Runs a command and turns what it throws into a message for the person at the terminal, and exit code 1. */
export async function attempt(context: CommandContext, work: () => Promise<number>): Promise<number> {
  try {
    return await work();
  } catch (error) {
    context.stderr.write(`${explain(error)}\n`);
    return 1;
  }
}

/** Opens the database that the environment names, migrates it if need be, and closes it after `work`. */
export async function withDatabase<T>(
  { environment, stderr }: CommandContext,
  work: (database: Database) => Promise<T>,
): Promise<T> {
  const database = await openDatabase(loadConfig(environment), {
    unhurried: true,
    onWait: (message) => stderr.write(`${message}\n`),
  });
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

function explain(error: unknown): string {
  if (error instanceof FairleadError && error.cause instanceof DatabaseError) {
    return `${error.message} ${error.cause.message}`;
  }
  if (error instanceof FairleadError && error.errors.length > 0) {
    return error.errors.map(({ message }) => message).join('\n');
  }
  if (isForPeople(error)) return error.message;
  // Whatever is left may come from the database, whose driver quotes the statement's values.
  const { message } = translateDatabaseError(error);
  return `The command failed: ${message}`;
}

function isForPeople(error: unknown): error is Error {
  return error instanceof OperatorError || error instanceof ConfigError || error instanceof FairleadError;
}
