import { type TObject, type TProperties, type TSchema, Type } from 'typebox';

/** A closed set of strings, in the form that OpenAPI tools read (`enum`, not a union of constants). */
export function StringEnum<const T extends readonly string[]>(
  values: T,
  options: { description?: string; default?: T[number] } = {},
) {
  return Type.Unsafe<T[number]>({ type: 'string', enum: [...values], ...options });
}

/** An object that refuses properties it does not know. */
export function Strict<P extends TProperties>(properties: P, options: Record<string, unknown> = {}) {
  return Type.Object(properties, { additionalProperties: false, ...options });
}

/** `T`, or null. */
export function Nullable<T extends TSchema>(schema: T) {
  return Type.Union([schema, Type.Null()]);
}

/** An instant, ISO 8601 in UTC. */
export const Timestamp = Type.String({ format: 'date-time', examples: ['2026-11-21T08:30:00.000Z'] });

export const HostParameter = Type.Optional(
  Type.String({
    description: 'The Engine to ask, by the name of its host.',
    default: 'local',
    maxLength: 128,
  }),
);

/** The query of a Docker route: its own parameters, and `host`. */
export function HostQuery<P extends TProperties>(properties: P) {
  return Strict({ ...properties, host: HostParameter });
}

/** Query of a list that can grow without bound. */
export const PageParameters = {
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 500, default: 100, description: 'Items a page.' }),
  ),
  cursor: Type.Optional(Type.String({ maxLength: 512, description: '`nextCursor` of the page before.' })),
} as const;

/** The shape of every list. */
export function ListOf<T extends TSchema>(
  item: T,
  options: Record<string, unknown> = {},
): TObject<{
  items: ReturnType<typeof Type.Array<T>>;
  nextCursor: ReturnType<typeof Nullable<ReturnType<typeof Type.String>>>;
}> {
  return Type.Object(
    {
      items: Type.Array(item),
      nextCursor: Nullable(
        Type.String({ description: 'Send it as `cursor` for the next page; null on the last.' }),
      ),
    },
    options,
  );
}

export const ProblemSchema = Type.Object(
  {
    type: Type.String({ description: 'A stable reference for the kind of problem.' }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String({ description: 'What happened here, and to what.' }),
    instance: Type.String({ description: 'The path that was asked for.' }),
    code: Type.String({ description: 'Stable; docs/errors.md lists them all with what to do.' }),
    requestId: Type.String({ description: 'Also in the log and in the audit trail.' }),
    errors: Type.Optional(
      Type.Array(
        Type.Object({
          path: Type.String({ description: 'Where, as a JSON pointer.' }),
          message: Type.String(),
        }),
      ),
    ),
  },
  { title: 'Problem', description: 'RFC 9457 problem details.', additionalProperties: true },
);
