import { createReadStream } from 'node:fs';
import { importData } from '../repositories/transfer/import-data.ts';
import { attempt, withDatabase } from './attempt.ts';
import type { CommandContext } from './context.ts';
import { summary } from './export.ts';

export interface ImportArguments {
  /** What to read; `-` for the standard input. */
  readonly file: string;
  /** Delete what the database holds. */
  readonly replace: boolean;
}

/** `fairlead import <file|-> [--replace]`: reads an export into the database; all of it, or nothing. */
export function importCommand(context: CommandContext, { file, replace }: ImportArguments): Promise<number> {
  return attempt(context, () =>
    withDatabase(context, async (database) => {
      const source = file === '-' ? context.stdin : createReadStream(file);
      const counts = await importData(database.db, source, replace);
      context.stderr.write(`Imported ${summary(counts)} into the ${database.kind} database.\n`);
      return 0;
    }),
  );
}
