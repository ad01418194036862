import { join } from 'node:path';
import type { Logger } from 'pino';
import type { AppDeps } from './app.ts';
import type { Config } from './config.ts';
import { localEngine } from './docker/connection/local-engine.ts';
import { type Engine, openEngine } from './docker/engine.ts';
import { createEngines, LOCAL_HOST } from './docker/engines.ts';
import { createMetrics } from './http/metrics.ts';
import { createAuditRepository } from './repositories/audit-repository.ts';
import { openDatabase } from './repositories/database.ts';
import { createIdempotencyRepository } from './repositories/idempotency-repository.ts';
import { createRecordingFiles } from './repositories/recording-files.ts';
import { createTicketRepository } from './repositories/ticket-repository.ts';
import { createTokenRepository } from './repositories/token-repository.ts';
import type { ShutdownPhase } from './shutdown.ts';
import { createAccess, SYSTEM_CLOCK } from './use-cases/access/access.ts';
import { type Bootstrap, bootstrapAdmin } from './use-cases/access/bootstrap-admin.ts';
import { startHousekeeping } from './use-cases/access/housekeeping.ts';
import { createContainers } from './use-cases/containers/containers.ts';
import { watchEvents } from './use-cases/events/watch-events.ts';
import { readLogLines } from './use-cases/logs/read-log-lines.ts';
import { readLogText } from './use-cases/logs/read-log-text.ts';
import type { HostLookup } from './use-cases/ports/host-lookup.ts';
import { sampleContainer } from './use-cases/stats/sample-container.ts';
import { watchContainer } from './use-cases/stats/watch-container.ts';
import { watchHost } from './use-cases/stats/watch-host.ts';
import { createSystem } from './use-cases/system/system.ts';
import { createProcesses } from './use-cases/terminals/processes.ts';

/** How long requests that are being worked on get at shutdown. With the phases below it stays under ten seconds. */
const REQUEST_GRACE_MS = 2_500;

export interface Dependencies {
  readonly deps: AppDeps;
  /** Makes sure that somebody can get in. */
  readonly bootstrap: () => Promise<Bootstrap>;
  /** What is to be closed when the app is, in its order. */
  readonly phases: readonly ShutdownPhase[];
}

/** The one place where ports meet their implementations. */
export async function createDependencies(
  config: Config,
  logger: Logger,
  signal: AbortSignal,
): Promise<Dependencies> {
  const metrics = createMetrics();
  const { sshAgent } = config.docker;
  const local = localEngine(config.docker, sshAgent === null ? {} : { sshAgent });
  const database = await openDatabase(config, {
    signal,
    onWait: (message) => logger.warn(message),
  });
  const engines = createEngines([
    openEngine(LOCAL_HOST, local.address, {
      ...(local.ssh === undefined ? {} : { ssh: local.ssh }),
      onCall: (call) => metrics.engineCall({ host: LOCAL_HOST, ...call }),
    }),
  ]);
  const of =
    <T>(part: (engine: Engine) => T): HostLookup<T> =>
    (host) =>
      part(engines.get(host));
  const shared = { log: logger, clock: SYSTEM_CLOCK };

  const tokens = createTokenRepository(database.db);
  const tickets = createTicketRepository(database.db);
  const idempotency = createIdempotencyRepository(database.db);
  const audit = createAuditRepository(database.db);
  const access = createAccess({ tokens, tickets, audit, idempotency, ...shared });
  const housekeeping = startHousekeeping({
    tickets,
    idempotency,
    maintain: () => database.maintain(),
    ...shared,
  });

  const containers = of((engine) => engine.containers);
  const reached = { containers, ...shared };
  const processes = createProcesses({
    ...reached,
    exec: of((engine) => engine.execs),
    attach: of((engine) => engine.attaching),
    ender: of((engine) => engine.processes),
    health: of((engine) => engine.health),
    recordings: createRecordingFiles(join(config.dataDir, 'recordings')),
    graceSeconds: config.terminalGraceSeconds,
  });

  metrics.gauge({
    name: 'fairlead_engine_up',
    help: 'Whether the Engine of a host can be reached.',
    labels: ['host'],
    read: () =>
      engines.names.map((host) => ({
        labels: { host },
        value: engines.get(host).health.state() === 'connected' ? 1 : 0,
      })),
  });
  metrics.gauge({
    name: 'fairlead_terminals_open',
    help: 'Terminals whose process runs.',
    read: () => [{ value: processes.openTerminals() }],
  });

  const deps: AppDeps = {
    logger,
    http: {
      allowedOrigins: config.allowedOrigins,
      trustedProxies: config.trustedProxies,
      graceMs: REQUEST_GRACE_MS,
    },
    metrics,
    access,
    system: createSystem({
      ...shared,
      systems: of((engine) => engine.system),
      checks: [
        { name: 'database', run: () => database.ping() },
        { name: 'engine', run: () => engines.get(LOCAL_HOST).health.ping() },
      ],
    }),
    events: { watchEvents: watchEvents({ events: of((engine) => engine.events) }) },
    containers: createContainers({
      containers,
      objects: of((engine) => engine.objects),
      limits: () => ({
        allowedBindRoots: config.allowedBindRoots,
        engineSockets: local.address.kind === 'unix' ? [local.address.path] : [],
      }),
    }),
    logs: {
      readLogText: readLogText({ ...reached, logs: of((engine) => engine.logs) }),
      readLogLines: readLogLines({ ...reached, logs: of((engine) => engine.logs) }),
    },
    stats: {
      sampleContainer: sampleContainer({ ...reached, stats: of((engine) => engine.stats) }),
      watchContainer: watchContainer({ ...reached, stats: of((engine) => engine.stats) }),
      watchHost: watchHost({ hostStats: of((engine) => engine.hostStats) }),
    },
    processes,
  };

  return {
    deps,
    bootstrap: () => bootstrapAdmin({ tokens, ...shared })(config.adminToken),
    phases: [
      { name: 'end the processes', limitMs: 1_500, run: () => processes.close(1_000) },
      { name: 'close the connections to Engines', limitMs: 700, run: () => engines.close() },
      {
        name: 'write the audit trail',
        limitMs: 1_200,
        run: async () => {
          await housekeeping.stop();
          await access.trail.close(800);
          await access.authenticator.close();
        },
      },
      { name: 'close the database', limitMs: 1_500, run: () => database.close() },
    ],
  };
}
