import { currentMigration } from '../repositories/migrations.ts';
import { attempt, withDatabase } from './attempt.ts';
import type { CommandContext } from './context.ts';

/** `fairlead migrate`: brings the database to this release's form, as each start of the server does. */
export function migrateCommand(context: CommandContext): Promise<number> {
  return attempt(context, () =>
    withDatabase(context, async ({ kind, migrated }) => {
      const done = migrated.length === 0 ? 'nothing to do' : `applied ${migrated.join(', ')}`;
      context.stdout.write(`The ${kind} database is at ${currentMigration()}: ${done}.\n`);
      return 0;
    }),
  );
}
