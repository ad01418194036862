import type { FastifyRequest } from 'fastify';
import type { Actor } from '../domain/access.ts';
import { type OperationName, operation } from '../domain/operations.ts';
import type { AuditEntry } from '../use-cases/access/audit-trail.ts';
import type { AuditOutcome } from '../use-cases/ports/audit-repository.ts';
import type { AuditNote } from './audit-note.ts';
import { asFairleadError } from './problem.ts';
import type { Route } from './route.ts';
import type { Services } from './services.ts';

/** Adds to what the audit trail says of this request. */
export function note(request: FastifyRequest, more: AuditNote): void {
  const { targetId, details } = request.auditNote ?? {};
  const target = more.targetId ?? targetId;
  request.auditNote = {
    ...(target === undefined ? {} : { targetId: target }),
    details: { ...details, ...more.details },
  };
}

/**
 * A line for an operation that ran to its end. `payload` names what it made, where the path does not name a target. Resolves when
 * the line is in the trail, or has to wait for the database.
 */
export async function auditSuccess(
  services: Services,
  request: FastifyRequest,
  route: Route,
  payload?: unknown,
): Promise<void> {
  if (!changes(request, route)) return;
  await services.trail.record(entry(request, route, 'succeeded', { targetId: madeBy(payload) }));
}

export function auditStart(services: Services, request: FastifyRequest, route: Route): void {
  if (!changes(request, route)) return;
  void services.trail.record(entry(request, route, 'started'));
}

/** A line for an operation that failed, and for whatever was refused: refusals count for reads, too. */
export function auditFailure(
  services: Services,
  request: FastifyRequest,
  route: Route,
  error: unknown,
): void {
  const { code, kind } = asFairleadError(error);
  const refused = kind === 'forbidden';
  if (!refused && !changes(request, route)) return;
  void services.trail.record(entry(request, route, refused ? 'refused' : 'failed', { errorCode: code }));
}

/** A plain GET beside a WebSocket of the same operation only reads. */
function changes(request: FastifyRequest, route: Route): boolean {
  return operation(route.operation).changes && (request.method !== 'GET' || request.upgraded);
}

interface Extra {
  readonly targetId?: string | null;
  readonly errorCode?: string;
}

function entry(request: FastifyRequest, route: Route, outcome: AuditOutcome, extra: Extra = {}): AuditEntry {
  const { tokenId, name, requestId, address }: Actor = request.actor;
  const { auditNote } = request;
  const operationName: OperationName = route.operation;
  const details = auditNote?.details;
  return {
    ...{ tokenId, actorName: name, requestId, address, outcome, operation: operationName },
    targetType: operation(operationName).target,
    targetId: auditNote?.targetId ?? targetOf(request, route) ?? extra.targetId ?? null,
    host: hostOf(request, route),
    errorCode: extra.errorCode ?? null,
    details: details === undefined || Object.keys(details).length === 0 ? null : details,
  };
}

/** The host that a request means: `null` for routes that ask no Engine. */
export function hostOf(request: FastifyRequest, route: Route): string | null {
  if (!asksEngine(route)) return null;
  const { host } = request.query as { readonly host?: unknown };
  // One that stands twice is refused by validation; until then it is no host that a token is narrowed to.
  return host === undefined ? 'local' : typeof host === 'string' ? host : JSON.stringify(host);
}

export function asksEngine(route: Route): boolean {
  return route.schema.querystring !== undefined && 'host' in route.schema.querystring.properties;
}

function targetOf(request: FastifyRequest, { target, schema }: Route): string | undefined {
  const name = target ?? Object.keys(schema.params?.properties ?? {})[0];
  if (name === undefined) return undefined;
  const value = (request.params as Readonly<Record<string, unknown>>)[name];
  return typeof value === 'string' ? value : undefined;
}

function madeBy(payload: unknown): string | null {
  if (typeof payload !== 'object' || payload === null) return null;
  const { id, execId } = payload as { readonly id?: unknown; readonly execId?: unknown };
  if (typeof id === 'string') return id;
  return typeof execId === 'string' ? execId : null;
}
