import { type TProperties, Type } from 'typebox';
import { ROLES } from '../../domain/operations.ts';
import { Nullable, PageParameters, Strict, StringEnum, Timestamp } from './common.ts';

const Name = Type.String({
  minLength: 1,
  maxLength: 128,
  description: 'For people: shown in lists, logs and the audit trail.',
});
const Names = (description: string) =>
  Nullable(
    Type.Array(Type.String({ minLength: 1, maxLength: 255 }), {
      minItems: 1,
      maxItems: 500,
      uniqueItems: true,
      description,
    }),
  );

const RoleSchema = StringEnum(ROLES, {
  description:
    '`viewer` reads; `operator` also changes containers and opens terminals; `admin` may do everything.',
});

const NARROWING = {
  permissions: Names('Operations, or all of a kind such as `containers.*`; null for all of the role.'),
  hosts: Names('Names of hosts; null for all.'),
  stacks: Names('Names of Compose projects; null for all.'),
  projects: Names('Names of projects; null for all.'),
};

const optional = <P extends TProperties>(properties: P) =>
  Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, Type.Optional(schema)])) as {
    [K in keyof P]: ReturnType<typeof Type.Optional<P[K]>>;
  };

const TOKEN = {
  id: Type.String({ format: 'uuid' }),
  name: Name,
  role: RoleSchema,
  ...NARROWING,
  createdAt: Timestamp,
  createdBy: Nullable(
    Type.String({ description: 'The id of the token it was made with; null at the first start.' }),
  ),
  expiresAt: Nullable(Timestamp),
  revokedAt: Nullable(Timestamp),
  lastUsedAt: Nullable(Timestamp),
};

export const TokenSchema = Type.Object(TOKEN, { title: 'Token' });

export const CreatedTokenSchema = Type.Object(
  { ...TOKEN, token: Type.String({ description: 'The token itself. It is shown now and never again.' }) },
  { title: 'CreatedToken' },
);

export const NewTokenBody = Strict(
  {
    name: Name,
    role: RoleSchema,
    ...optional(NARROWING),
    expiresAt: Type.Optional(Nullable(Timestamp)),
  },
  { title: 'NewToken' },
);

export const TokenParams = Strict({ id: Type.String({ format: 'uuid' }) });

export const IfMatchHeader = Type.Object({
  'if-match': Type.Optional(
    Type.String({ description: 'The ETag that was read; 412 when it is another one by now.' }),
  ),
});

export const WhoamiSchema = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    name: Name,
    role: RoleSchema,
    ...NARROWING,
    expiresAt: Nullable(Timestamp),
    operations: Type.Array(Type.String(), { description: 'Every operation that the token may do.' }),
  },
  { title: 'Whoami' },
);

export const TicketSchema = Type.Object(
  {
    ticket: Type.String({ description: 'Append it to the URL of one WebSocket as `ticket`.' }),
    expiresAt: Timestamp,
  },
  { title: 'Ticket' },
);

const OUTCOMES = ['succeeded', 'failed', 'refused', 'started'] as const;

export const AuditQuery = Strict({
  ...PageParameters,
  actor: Type.Optional(Type.String({ maxLength: 128, description: "The token's name." })),
  tokenId: Type.Optional(Type.String({ format: 'uuid' })),
  operation: Type.Optional(
    Type.String({ maxLength: 128, description: 'A name, or all of a kind: `containers.*`.' }),
  ),
  targetType: Type.Optional(Type.String({ maxLength: 32 })),
  target: Type.Optional(
    Type.String({ maxLength: 512, description: 'As it stood in the path of the request.' }),
  ),
  outcome: Type.Optional(StringEnum(OUTCOMES)),
  since: Type.Optional(Type.String({ format: 'date-time', description: 'From this time on.' })),
  until: Type.Optional(Type.String({ format: 'date-time', description: 'Up to this time, and not at it.' })),
});

export const AuditEventSchema = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    time: Timestamp,
    tokenId: Nullable(Type.String()),
    actorName: Type.String(),
    operation: Type.String(),
    targetType: Type.String(),
    targetId: Nullable(Type.String()),
    host: Nullable(Type.String()),
    outcome: StringEnum(OUTCOMES, {
      description: 'A WebSocket has two lines: `started`, and how it ended.',
    }),
    errorCode: Nullable(Type.String()),
    requestId: Type.String(),
    address: Type.String(),
    details: Nullable(Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()]))),
  },
  { title: 'AuditEvent' },
);
