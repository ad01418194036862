import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import type { CommandContext } from './context.ts';
import { exportCommand } from './export.ts';
import { importCommand } from './import.ts';
import { migrateCommand } from './migrate.ts';
import {
  type TokenCreateArguments,
  tokenCreateCommand,
  tokenListCommand,
  tokenRevokeCommand,
} from './token.ts';

/** Reads the command line of `fairlead`, runs what it asks for, and answers the exit code. */
export async function program(context: CommandContext, args: readonly string[]): Promise<number> {
  let exitCode = 0;
  const ends = async (work: Promise<number>): Promise<void> => {
    exitCode = await work;
  };
  const { fairlead, subcommand } = root(context);

  subcommand('serve', 'serve the API (the default)', { isDefault: true }).action(async () => {
    // Loaded here, so that the small commands start without the server.
    const { serveCommand } = await import('./serve.ts');
    await ends(serveCommand(context));
  });
  subcommand('migrate', 'bring the database to this release').action(() => ends(migrateCommand(context)));
  subcommand('export', 'write all data of the database')
    .argument('<file>', 'where to; - for the standard output')
    .action((file: string) => ends(exportCommand(context, { file })));
  subcommand('import', 'read an export into the database, all of it or nothing')
    .argument('<file>', 'from where; - for the standard input')
    .option('--replace', 'delete what the database holds', false)
    .action((file: string, { replace }: { replace: boolean }) =>
      ends(importCommand(context, { file, replace })),
    );
  subcommand('healthcheck', 'exit 0 if the server of this environment is up').action(async () => {
    const { healthcheckCommand } = await import('./healthcheck.ts');
    await ends(healthcheckCommand(context));
  });

  const token = subcommand('token', 'tokens, directly in the database');
  token
    .command('create')
    .description('make a token and print it')
    .argument('<name>')
    .option('--role <role>', 'viewer, operator or admin', 'viewer')
    .option('--permissions <names...>', 'narrow it to operations, such as containers.*', [])
    .option('--hosts <names...>', 'narrow it to hosts', [])
    .option('--stacks <names...>', 'narrow it to stacks', [])
    .option('--projects <names...>', 'narrow it to projects', [])
    .option('--expires <when>', 'a time, or a number of days such as 30d')
    .action((name: string, options: Omit<TokenCreateArguments, 'name' | 'expires'> & { expires?: string }) =>
      ends(tokenCreateCommand(context, { ...options, name, expires: options.expires ?? null })),
    );
  token
    .command('list')
    .description('one line a token')
    .action(() => ends(tokenListCommand(context)));
  token
    .command('revoke')
    .description('end a token')
    .argument('<id>')
    .action((id: string) => ends(tokenRevokeCommand(context, { id })));

  try {
    await fairlead.parseAsync(args, { from: 'user' });
  } catch (error) {
    // Commander has told what is wrong, or printed the help that was asked for.
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode;
  }
  return exitCode;
}

function root({ stdout, stderr }: CommandContext) {
  const configure = (command: Command) =>
    command.exitOverride().configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
    });
  const fairlead = configure(new Command('fairlead'))
    .description(
      'A safe REST and WebSocket API in front of Docker Engines. Settings come from the environment.',
    )
    .version(version());
  const subcommand = (name: string, description: string, options: { isDefault?: boolean } = {}) => {
    const command = configure(new Command(name)).description(description);
    fairlead.addCommand(command, options);
    return command;
  };
  return { fairlead, subcommand };
}

/** The package's version; the file is two folders up from both `src/commands` and `dist/commands`. */
export function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
