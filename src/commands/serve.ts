import closeWithGrace from 'close-with-grace';
import { pino } from 'pino';
import { buildApp } from '../app.ts';
import { type Config, loadConfig } from '../config.ts';
import { createDependencies } from '../dependencies.ts';
import { logOptions } from '../http/log.ts';
import { type ShutdownPhase, shutDown } from '../shutdown.ts';
import type { Bootstrap } from '../use-cases/access/bootstrap-admin.ts';
import { attempt } from './attempt.ts';
import type { CommandContext } from './context.ts';

/** After this the process ends, whatever still goes on. */
const SHUTDOWN_LIMIT_MS = 9_500;

/** `fairlead serve`: starts the server, and resolves when it listens; signals end the process in an orderly way. */
export function serveCommand(context: CommandContext): Promise<number> {
  return attempt(context, async () => {
    const config = loadConfig(context.environment);
    const logger = pino(logOptions(config.logLevel), context.stdout);
    const began = performance.now();
    const starting = new AbortController();
    const open: ShutdownPhase[] = [];
    closeWithGrace({ delay: SHUTDOWN_LIMIT_MS, logger }, async ({ signal, err }) => {
      if (err) logger.fatal({ err }, 'the server ends by an error that nobody handled');
      else logger.info({ signal }, 'shutting down');
      starting.abort();
      await shutDown(open, logger);
    });
    const { deps, bootstrap, phases } = await createDependencies(config, logger, starting.signal);
    open.push(...phases);
    const app = await buildApp(deps);
    open.unshift({ name: 'close the connections', limitMs: 4_500, run: () => app.close() });
    greet(context, config, await bootstrap());
    const address = await app.listen({ host: config.host, port: config.port });
    logger.info(
      { address, startedInMs: Math.round(performance.now() - began) },
      `Fairlead serves on ${address}`,
    );
    return 0;
  });
}

/** Tells the operator how to get in. A new token is shown on the terminal, not logged. */
function greet({ stderr }: CommandContext, config: Config, bootstrap: Bootstrap): void {
  if (bootstrap.outcome === 'made') {
    stderr.write(`\nAdmin token, shown only this once:\n\n  ${bootstrap.token}\n\n`);
  }
  if (bootstrap.outcome === 'configured-is-dead') {
    stderr.write(
      'FAIRLEAD_ADMIN_TOKEN was revoked or has expired: configure another one, or make a token with `fairlead token create`.\n',
    );
  }
  if (config.host !== '127.0.0.1' && config.host !== '::1' && config.host !== 'localhost') {
    stderr.write(`Listening on ${config.host}: put TLS in front, tokens travel in the clear.\n`);
  }
}
