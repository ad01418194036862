import websocket from '@fastify/websocket';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import { assertOperations } from './http/assert-operations.ts';
import { asyncapi } from './http/documents/asyncapi.ts';
import { mountedRoutes } from './http/documents/mounted-routes.ts';
import { openapi } from './http/documents/openapi.ts';
import type { Metrics } from './http/metrics.ts';
import { mount } from './http/mount.ts';
import { authentication, type FailedLoginLimit } from './http/plugins/authentication.ts';
import { bodies } from './http/plugins/bodies.ts';
import { docs } from './http/plugins/docs.ts';
import { headers } from './http/plugins/headers.ts';
import { idempotency } from './http/plugins/idempotency.ts';
import { observation } from './http/plugins/observation.ts';
import { plainUpgrades } from './http/plugins/plain-upgrades.ts';
import { frameworkErrors, problems } from './http/plugins/problems.ts';
import { shutdown } from './http/plugins/shutdown.ts';
import { requestId } from './http/request-id.ts';
import { accessRoutes } from './http/routes/access.ts';
import { containerArchiveRoutes } from './http/routes/container-archive.ts';
import { containerEditRoutes } from './http/routes/container-edit.ts';
import { containerLifecycleRoutes } from './http/routes/container-lifecycle.ts';
import { containerRoutes } from './http/routes/containers.ts';
import { documentRoutes } from './http/routes/documents.ts';
import { type EventRouteDeps, eventRoutes } from './http/routes/events.ts';
import { execRoutes } from './http/routes/exec.ts';
import { type LogRouteDeps, logRoutes } from './http/routes/logs.ts';
import { type StatsRouteDeps, statsRoutes } from './http/routes/stats.ts';
import { operationsRoutes, systemRoutes } from './http/routes/system.ts';
import { terminalRoutes } from './http/routes/terminals.ts';
import { createSessions } from './http/sessions.ts';
import { clientErrorHandler } from './http/socket-errors.ts';
import { chooseSubprotocol, upgrade } from './http/upgrade.ts';
import { validatorCompiler } from './http/validation.ts';
import type { Access } from './use-cases/access/access.ts';
import type { Containers } from './use-cases/containers/containers.ts';
import type { System } from './use-cases/system/system.ts';
import type { Processes } from './use-cases/terminals/processes.ts';

/** Settings of the server as HTTP sees it. */
export interface HttpSettings {
  /** Besides the server's own, for CORS and for WebSockets. */
  readonly allowedOrigins: readonly string[];
  /** Addresses or networks whose `X-Forwarded-*` headers are believed. */
  readonly trustedProxies: readonly string[];
  readonly failedLogins?: FailedLoginLimit;
  /** How long requests that are being worked on get at shutdown. */
  readonly graceMs?: number;
  readonly idempotencyLeaseMs?: number;
}

/** What every app has, whatever its routes. */
export interface CoreDeps {
  readonly logger: FastifyBaseLogger;
  readonly http: HttpSettings;
  readonly metrics: Metrics;
  readonly access: Access;
}

export interface AppDeps extends CoreDeps {
  readonly system: System;
  readonly events: EventRouteDeps;
  readonly containers: Containers;
  readonly logs: LogRouteDeps;
  readonly stats: StatsRouteDeps;
  readonly processes: Processes;
}

/** Where the Docker routes live. */
export const API_PREFIX = '/api/v1/docker';

const BODY_LIMIT = 1024 * 1024;
const SOCKET_OPTIONS = {
  /** A frame, in bytes; a longer one is refused with 1009. */
  maxPayload: 4 * 1024 * 1024,
  perMessageDeflate: false,
  /** How long a peer has to answer a close frame. */
  closeTimeout: 5_000,
  handleProtocols: chooseSubprotocol,
};

/** The server as a value: plugins and routes in their order, not listening. */
export async function buildApp(deps: AppDeps): Promise<FastifyInstance> {
  const app = await buildCore(deps);
  mount(app, 'System', operationsRoutes(deps));
  await app.register(
    async (api) => {
      mount(api, 'System', [...systemRoutes(deps.system), ...eventRoutes(deps.events)]);
      mount(api, 'Containers', containerRoutes(deps.containers));
      mount(api, 'Containers', containerEditRoutes(deps.containers));
      mount(api, 'Containers', containerLifecycleRoutes(deps.containers));
      mount(api, 'Containers', containerArchiveRoutes(deps.containers));
      mount(api, 'Logs and stats', [...logRoutes(deps.logs), ...statsRoutes(deps.stats)]);
      mount(api, 'Exec', execRoutes(deps.processes));
      mount(api, 'Terminals', terminalRoutes(deps.processes));
    },
    { prefix: API_PREFIX },
  );
  return app;
}

/** All but what is done with containers: hooks, access, problems, the server's own state, documents. */
export async function buildCore(deps: CoreDeps): Promise<FastifyInstance> {
  const { http, access } = deps;
  const app = Fastify({
    loggerInstance: deps.logger,
    // One line a request is written by `observation`, when it is over.
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    genReqId: (request) => requestId(request.headers['x-request-id']),
    requestIdHeader: false,
    bodyLimit: BODY_LIMIT,
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: 512 },
    trustProxy: http.trustedProxies.length === 0 ? false : [...http.trustedProxies],
    return503OnClosing: false,
    frameworkErrors,
    clientErrorHandler,
  });
  app.setValidatorCompiler(validatorCompiler());
  app.decorate('services', {
    trail: access.trail,
    metrics: deps.metrics,
    sessions: createSessions({ stillValid: access.authenticator.stillValid, log: app.log }),
  });
  access.authenticator.onForget((tokenId) => app.services.sessions.endToken(tokenId));

  await app.register(problems);
  await app.register(websocket, {
    options: SOCKET_OPTIONS,
    // A peer that breaks the protocol is answered by `ws` itself; its close ends the handler.
    errorHandler: (error, _ws, request) => request.log.debug({ err: error }, 'a WebSocket failed'),
    // `shutdown` closes the sockets, with a code.
    preClose: (done) => done(),
  });
  await app.register(plainUpgrades);
  await app.register(upgrade);
  await app.register(observation);
  await app.register(headers, http);
  await app.register(shutdown, http.graceMs === undefined ? {} : { graceMs: http.graceMs });
  await app.register(authentication, { ...http, authenticator: access.authenticator });
  await app.register(bodies);
  await app.register(idempotency, { ...access, leaseMs: http.idempotencyLeaseMs });
  await app.register(assertOperations);
  await app.register(openapi);
  const mounted = mountedRoutes(app);

  await app.register(
    async (api) => {
      mount(api, 'Access', accessRoutes(access));
    },
    { prefix: API_PREFIX },
  );
  mount(
    app,
    'Documents',
    documentRoutes({ openapi: () => app.swagger(), asyncapi: () => asyncapi(mounted) }),
  );
  await app.register(docs);
  return app;
}
