import type { FastifySchema } from 'fastify';
import { type TProperties, type TSchema, Type } from 'typebox';
import { type OperationName, operation } from '../../domain/operations.ts';
import { isIdempotent } from '../plugins/idempotency.ts';
import type { ResponseContent, Route } from '../route.ts';
import { ProblemSchema } from '../schemas/common.ts';
import { possibleErrorsByStatus } from './possible-errors.ts';

/** Marks operations whose body may be missing, which @fastify/swagger cannot say; taken out again by `openapi`. */
export const OPTIONAL_BODY = 'x-optional-body';

/** A route as @fastify/swagger reads it: everything that the document says of it, more than what Fastify itself needs. */
export function operationSchema(definition: Route, tag: string): FastifySchema {
  const { body, consumes, description, params, querystring, response, summary } = definition.schema;
  const { role } = operation(definition.operation);
  const headers = headersOf(definition);
  const told = {
    summary,
    description: describe(definition, description),
    tags: [tag],
    operationId: operationIdOf(definition),
    ...(role === 'public' ? { security: [] } : {}),
    ...(params === undefined ? {} : { params }),
    ...(querystring === undefined ? {} : { querystring }),
    ...(headers === undefined ? {} : { headers }),
    ...(body === undefined ? {} : { body }),
    ...(body !== undefined && Type.IsOptional(body) ? { [OPTIONAL_BODY]: true } : {}),
    ...(consumes === undefined ? {} : { consumes }),
    response: { ...problems(definition), ...answers(definition, response) },
    'x-operation': definition.operation,
    'x-role': role,
    ...(definition.samples === undefined
      ? {}
      : { 'x-codeSamples': definition.samples.map((source) => ({ lang: 'Shell', source })) }),
  };
  return told as FastifySchema;
}

/** How the documents name the operation: `containers.exec.create` -> `containersExecCreate`. */
export function operationIdOf({ operation: name, operationId }: Route): string {
  return operationId ?? camelCase(name);
}

function camelCase(name: OperationName): string {
  return name.replace(/[.-](\w)/g, (_, letter: string) => letter.toUpperCase());
}

function describe(definition: Route, description: string | undefined): string | undefined {
  const parts = [description];
  if (definition.socket !== undefined) {
    parts.push(`**WebSocket**: ${definition.socket.summary}. Its messages are in \`/asyncapi.json\`.`);
  }
  const text = parts.filter((part) => part !== undefined).join('\n\n');
  return text === '' ? undefined : text;
}

function headersOf(definition: Route): TSchema | undefined {
  const own = definition.schema.headers?.properties ?? {};
  const shown: TProperties = {
    ...Object.fromEntries(Object.entries(own).map(([name, schema]) => [asWritten(name), schema])),
    ...(isIdempotent(definition) ? { 'Idempotency-Key': IdempotencyKey } : {}),
  };
  return Object.keys(shown).length === 0 ? undefined : Type.Object(shown);
}

const IdempotencyKey = Type.Optional(
  Type.String({
    maxLength: 255,
    description: 'The same key with the same request gets the first answer again, for 24 hours.',
  }),
);

/** `if-match`, as Node has it, to `If-Match`, as people write it. */
function asWritten(header: string): string {
  return header.replace(/(^|-)[a-z]/g, (start) => start.toUpperCase());
}

function answers(definition: Route, response: Route['schema']['response']): Record<string, unknown> {
  const told: Record<string, unknown> = {};
  if (definition.socket !== undefined)
    told['101'] = { description: 'The connection is a WebSocket now.', type: 'null' };
  for (const [status, answer] of Object.entries(response)) {
    if (isBare(answer)) told[status] = { ...answer, type: 'null' };
    else if ('content' in answer) told[status] = answer;
    else told[status] = { description: 'Done.', content: { 'application/json': { schema: answer } } };
  }
  return told;
}

/** Whether an answer has no content. */
function isBare(answer: TSchema | ResponseContent): boolean {
  return Object.keys(answer).every((key) => key === 'description');
}

/** Every problem the route can answer with, grouped by status, each named by its code. */
function problems(definition: Route): Record<number, unknown> {
  return Object.fromEntries(
    [...possibleErrorsByStatus(definition)].map(([status, codes]) => [
      status,
      {
        description: codes.map((code) => `\`${code}\``).join(', '),
        content: { 'application/problem+json': { schema: ProblemSchema } },
      },
    ]),
  );
}
