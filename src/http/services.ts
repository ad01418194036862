import type { Actor } from '../domain/access.ts';
import type { OperationName } from '../domain/operations.ts';
import type { AuditTrail } from '../use-cases/access/audit-trail.ts';
import type { AuditNote } from './audit-note.ts';
import type { Metrics } from './metrics.ts';
import type { Route } from './route.ts';
import type { Sessions } from './sessions.ts';

/** What the plugins and all routes of one app share. */
export interface Services {
  readonly sessions: Sessions;
  readonly trail: AuditTrail;
  readonly metrics: Metrics;
}

declare module 'fastify' {
  interface FastifyInstance {
    services: Services;
  }
  interface FastifyContextConfig {
    /** Decides permission, audit and metrics. A route without one keeps the app from starting. */
    operation?: OperationName;
    /** Set by `mount`; routes that plugins bring have none. */
    route?: Route;
    /** The chapter of the documents. */
    tag?: string;
  }
  interface FastifyRequest {
    /** Who asks; set by the authentication hook before any handler runs. Only routes for everybody have none. */
    actor: Actor;
    /** What the handler wants the audit trail to say besides. */
    auditNote: AuditNote | null;
    /** Whether the request has become a WebSocket. */
    upgraded: boolean;
    /** When it came, by `performance.now()`. */
    began: number;
  }
}
