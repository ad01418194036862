import type { Access } from '../../use-cases/access/access.ts';
import type { AuditFilters } from '../../use-cases/ports/audit-repository.ts';
import { assertIfMatch } from '../etag.ts';
import { presentAuditEvent, presentToken, presentWhoami, tokenEtag } from '../presenters/access.ts';
import { type Route, route } from '../route.ts';
import {
  AuditEventSchema,
  AuditQuery,
  CreatedTokenSchema,
  IfMatchHeader,
  NewTokenBody,
  TicketSchema,
  TokenParams,
  TokenSchema,
  WhoamiSchema,
} from '../schemas/access.ts';
import { ListOf, PageParameters, Strict } from '../schemas/common.ts';

export type AccessRouteDeps = Pick<
  Access,
  'createToken' | 'getToken' | 'listTokens' | 'revokeToken' | 'issueTicket' | 'listAudit'
>;

/** Tokens, tickets, whoami and the audit trail. */
export function accessRoutes(deps: AccessRouteDeps): readonly Route[] {
  return [
    whoami(deps),
    listTokens(deps),
    createToken(deps),
    getToken(deps),
    revokeToken(deps),
    ticket(deps),
    audit(deps),
  ];
}

const whoami = ({ getToken }: AccessRouteDeps) =>
  route({
    method: 'GET',
    path: '/whoami',
    operation: 'access.whoami',
    schema: {
      summary: 'Tell who the token is and what it may do',
      response: { 200: WhoamiSchema },
    },
    samples: ['curl -fsS -H "Authorization: Bearer $TOKEN" "$FAIRLEAD/api/v1/docker/whoami"'],
    handle: async ({ actor }) => presentWhoami(actor, await getToken(actor, actor.tokenId)),
  });

const listTokens = ({ listTokens }: AccessRouteDeps) =>
  route({
    method: 'GET',
    path: '/tokens',
    operation: 'access.tokens.list',
    schema: {
      summary: 'List tokens',
      description:
        'Newest first, with those that are revoked or have expired. A narrowed token sees those within its own reach.',
      querystring: Strict(PageParameters),
      response: { 200: ListOf(TokenSchema, { title: 'TokenList' }) },
    },
    errors: ['INVALID_CURSOR'],
    samples: ['curl -fsS -H "Authorization: Bearer $TOKEN" "$FAIRLEAD/api/v1/docker/tokens?limit=20"'],
    handle: async ({ actor, query }) => {
      const { items, nextCursor } = await listTokens(actor, pageOf(query));
      return { items: items.map(presentToken), nextCursor };
    },
  });

const createToken = ({ createToken }: AccessRouteDeps) =>
  route({
    method: 'POST',
    path: '/tokens',
    operation: 'access.tokens.create',
    schema: {
      summary: 'Make a token',
      description:
        'The answer holds the token itself, once: only its hash is stored. It can reach no further, and work no longer, than the token it is made with.',
      body: NewTokenBody,
      response: { 201: CreatedTokenSchema },
    },
    samples: [
      'curl -fsS -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" -d \'{"name":"dashboard","role":"viewer"}\' "$FAIRLEAD/api/v1/docker/tokens"',
    ],
    handle: async ({ actor, body, request, reply }) => {
      const { permissions = null, hosts = null, stacks = null, projects = null, expiresAt = null } = body;
      const { record, token } = await createToken(actor, {
        ...{ name: body.name, role: body.role, permissions, hosts, stacks, projects },
        expiresAt: expiresAt === null ? null : new Date(expiresAt),
      });
      reply.header('ETag', tokenEtag(record)).header('Location', `${pathOf(request.url)}/${record.id}`);
      return { ...presentToken(record), token };
    },
  });

const getToken = ({ getToken }: AccessRouteDeps) =>
  route({
    method: 'GET',
    path: '/tokens/:id',
    operation: 'access.tokens.list',
    operationId: 'accessTokensGet',
    schema: {
      summary: 'Show a token',
      params: TokenParams,
      response: { 200: TokenSchema },
    },
    errors: ['TOKEN_NOT_FOUND'],
    samples: ['curl -fsS -H "Authorization: Bearer $TOKEN" "$FAIRLEAD/api/v1/docker/tokens/$TOKEN_ID"'],
    handle: async ({ actor, params, reply }) => {
      const token = await getToken(actor, params.id);
      reply.header('ETag', tokenEtag(token));
      return presentToken(token);
    },
  });

const revokeToken = ({ revokeToken }: AccessRouteDeps) =>
  route({
    method: 'DELETE',
    path: '/tokens/:id',
    operation: 'access.tokens.revoke',
    schema: {
      summary: 'Revoke a token',
      description:
        'It opens nothing any more and what it has open is closed: at once here, within two seconds on other servers. A token that is revoked stays revoked.',
      params: TokenParams,
      headers: IfMatchHeader,
      response: { 204: { description: 'It is revoked.' } },
    },
    errors: ['TOKEN_NOT_FOUND', 'LAST_ADMIN_TOKEN', 'PRECONDITION_FAILED'],
    samples: [
      'curl -fsS -X DELETE -H "Authorization: Bearer $TOKEN" "$FAIRLEAD/api/v1/docker/tokens/$TOKEN_ID"',
    ],
    handle: async ({ actor, params, headers }) => {
      const check = (token: Parameters<typeof tokenEtag>[0]) =>
        assertIfMatch(headers['if-match'], tokenEtag(token));
      await revokeToken(actor, { id: params.id, check });
    },
  });

const ticket = ({ issueTicket }: AccessRouteDeps) =>
  route({
    method: 'POST',
    path: '/ws-tickets',
    operation: 'access.ws-tickets.create',
    schema: {
      summary: 'Get a ticket for one WebSocket',
      description:
        'A browser cannot send a header with a WebSocket. The ticket stands in for the token, once, within 30 seconds: `wss://host/path?ticket=...`.',
      response: { 201: TicketSchema },
    },
    samples: ['curl -fsS -X POST -H "Authorization: Bearer $TOKEN" "$FAIRLEAD/api/v1/docker/ws-tickets"'],
    handle: async ({ actor, reply }) => {
      const { ticket, expiresAt } = await issueTicket(actor);
      reply.header('Cache-Control', 'no-store');
      return { ticket, expiresAt: expiresAt.toISOString() };
    },
  });

const audit = ({ listAudit }: AccessRouteDeps) =>
  route({
    method: 'GET',
    path: '/audit',
    operation: 'access.audit.list',
    schema: {
      summary: 'Read the audit trail',
      description:
        'Everything that changed something, and everything that was refused; newest first. All filters that are given must fit.',
      querystring: AuditQuery,
      response: { 200: ListOf(AuditEventSchema, { title: 'AuditEventList' }) },
    },
    errors: ['INVALID_CURSOR'],
    samples: [
      'curl -fsS -H "Authorization: Bearer $TOKEN" "$FAIRLEAD/api/v1/docker/audit?operation=containers.*&limit=20"',
    ],
    handle: async ({ actor, query }) => {
      const { since, until, limit: _limit, cursor: _cursor, ...plain } = query;
      const filters: AuditFilters = {
        ...plain,
        ...(since === undefined ? {} : { since: new Date(since) }),
        ...(until === undefined ? {} : { until: new Date(until) }),
      };
      const { items, nextCursor } = await listAudit(actor, { ...pageOf(query), filters });
      return { items: items.map(presentAuditEvent), nextCursor };
    },
  });

function pageOf({
  limit = 100,
  cursor = null,
}: {
  readonly limit?: number;
  readonly cursor?: string | null;
}) {
  return { limit, cursor };
}

function pathOf(url: string): string {
  return url.split('?')[0] ?? url;
}
