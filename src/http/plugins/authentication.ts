import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import { type Actor, assertHost, assertPermitted } from '../../domain/access.ts';
import { FairleadError, isFairleadError } from '../../domain/errors.ts';
import { operation } from '../../domain/operations.ts';
import type { Authenticator } from '../../use-cases/access/authenticator.ts';
import type { TokenRecord } from '../../use-cases/ports/token-repository.ts';
import { auditFailure, hostOf } from '../audit.ts';
import { bearer } from '../bearer.ts';
import { assertOrigin } from '../origin.ts';

export interface AuthenticationOptions {
  readonly authenticator: Authenticator;
  /** Origins besides the server's own whose pages may open WebSockets. */
  readonly allowedOrigins: readonly string[];
  readonly failedLogins?: FailedLoginLimit;
}

/** After `max` tokens or tickets that open nothing, an address has to wait until `windowMs` after the first of them is over. */
export interface FailedLoginLimit {
  readonly max: number;
  readonly windowMs: number;
}

const FAILED_LOGINS: FailedLoginLimit = { max: 20, windowMs: 60_000 };
/** Of so many addresses failures are remembered at a time. */
const ADDRESSES = 10_000;

/** Who asks, and whether they may: before the body is read, and before a WebSocket is accepted. */
export const authentication = fp<AuthenticationOptions>(async (app: FastifyInstance, options) => {
  const { authenticator, allowedOrigins, failedLogins = FAILED_LOGINS } = options;
  await app.register(rateLimit, { global: false, cache: ADDRESSES });
  const failures = app.createRateLimit({ max: failedLogins.max, timeWindow: failedLogins.windowMs });

  /** What came with the request, checked by the database; counts failures by address. */
  async function identify(
    request: FastifyRequest,
    token: string | null,
    ticket: string | null,
  ): Promise<TokenRecord> {
    if (token === null && ticket === null) {
      throw new FairleadError('UNAUTHENTICATED', 'The request came without a token.');
    }
    // A token that was good a moment ago is not locked out by what others do behind the same address.
    if (token === null || !authenticator.knows(token))
      assertPatience(await failures(request, { increment: false }));
    try {
      return await (token === null ? authenticator.byTicket(ticket ?? '') : authenticator.byToken(token));
    } catch (error) {
      if (isFairleadError(error, 'UNAUTHENTICATED')) await failures(request);
      throw error;
    }
  }

  app.decorateRequest('auditNote', null);
  app.decorateRequest('upgraded', false);
  // Null for public routes only, whose handlers do not look at it.
  app.decorateRequest('actor', null as unknown as Actor);

  app.addHook('onRequest', (request, _reply, done) => {
    const { config, url } = request.routeOptions;
    if (url === undefined) return done();
    try {
      if (request.ws) assertOrigin(request, allowedOrigins);
      const { operation: name, route } = config;
      if (name === undefined) throw new TypeError(`${url} has no operation`);
      if (request.ws && route?.socket === undefined) {
        throw new FairleadError('VALIDATION_FAILED', 'This path is not a WebSocket; send a plain request.');
      }
      if (operation(name).role === 'public') return done();
      const token = bearer(request);
      const ticket = request.ws ? takeTicket(request) : null;
      const known = token === null ? null : authenticator.recall(token);
      if (known === null) {
        identify(request, token, ticket)
          .then((record) => admit(app, request, record))
          .then(() => done(), done);
        return;
      }
      admit(app, request, known);
    } catch (error) {
      return done(error as Error);
    }
    done();
  });
});

/** Lets the token's bearer pass as the actor of the request, or throws FORBIDDEN. */
function admit(app: FastifyInstance, request: FastifyRequest, token: TokenRecord): void {
  const { id, name, role, permissions, hosts, stacks, projects } = token;
  const from = { tokenId: id, requestId: request.id, address: request.ip };
  request.actor = { name, role, permissions, hosts, stacks, projects, ...from };
  const { operation: operationName, route } = request.routeOptions.config;
  if (operationName === undefined) return;
  try {
    assertPermitted(request.actor, operationName);
    const host = hosts === null || route === undefined ? null : hostOf(request, route);
    if (host !== null) assertHost(request.actor, host);
  } catch (error) {
    if (route !== undefined) auditFailure(app.services, request, route, error);
    throw error;
  }
}

/** Takes the ticket of a WebSocket out of the query, which then is the route's own. Plain requests can send headers instead. */
function takeTicket(request: FastifyRequest): string | null {
  const query = request.query as Record<string, unknown>;
  const { ticket } = query;
  delete query['ticket'];
  return typeof ticket === 'string' ? ticket : null;
}

/** Throws RATE_LIMITED when the address has used up its failures. */
function assertPatience(count: Awaited<ReturnType<ReturnType<FastifyInstance['createRateLimit']>>>): void {
  if (count.isAllowed || count.remaining > 0) return;
  const retryAfterSeconds = Math.max(1, count.ttlInSeconds);
  throw new FairleadError(
    'RATE_LIMITED',
    `Too many tokens that open nothing came from this address; try again in ${retryAfterSeconds} s.`,
    { extra: { retryAfterSeconds } },
  );
}
