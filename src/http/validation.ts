import { Ajv, type Options, type ValidateFunction } from 'ajv';
import formats from 'ajv-formats';
import type { FastifySchemaCompiler } from 'fastify';

const OPTIONS: Options = {
  allErrors: true,
  useDefaults: true,
  removeAdditional: false,
  discriminator: true,
  strict: false,
};

type Validate = ReturnType<FastifySchemaCompiler<object>>;

/** Values in a body of which every mistake is told. A megabyte of mistakes would keep the server busy for a second. */
const MAX_VALUES = 5_000;

/**
 * Validates a body as it was sent, and the text parts of a request (path, query, headers) with numbers and booleans read out
 * of their text.
 */
export function validatorCompiler(): FastifySchemaCompiler<object> {
  const typed = withFormats(new Ajv(OPTIONS));
  const text = withFormats(new Ajv({ ...OPTIONS, coerceTypes: 'array' }));
  const brief = withFormats(new Ajv({ ...OPTIONS, allErrors: false }));
  return ({ schema, httpPart }) => {
    if (httpPart !== 'body') return lazily(() => text.compile(schema));
    return briefly(
      lazily(() => brief.compile(schema)),
      lazily(() => typed.compile(schema)),
    );
  };
}

/** Stops at the first mistake, and goes on to all others only in what is not too large for that. */
function briefly(first: Validate, all: Validate): Validate {
  const validate: Validate = (data: unknown) => {
    const by = first(data) || !holdsAtMost(MAX_VALUES, data) ? first : all;
    const valid = by === first ? first.errors === null : all(data);
    validate.errors = by.errors ?? null;
    return valid;
  };
  return validate;
}

function holdsAtMost(limit: number, data: unknown): boolean {
  const waiting = [data];
  for (let seen = 0; waiting.length > 0; seen += 1) {
    if (seen + waiting.length > limit) return false;
    const value = waiting.pop();
    if (typeof value === 'object' && value !== null)
      for (const member of Object.values(value)) waiting.push(member);
  }
  return true;
}

/** Compiled by the first request that needs it: those of all routes together would take a quarter of the server's start. */
function lazily(compile: () => ValidateFunction): Validate {
  let compiled: ValidateFunction | undefined;
  const validate: Validate = (data: unknown) => {
    compiled ??= compile();
    const valid = compiled(data);
    validate.errors = compiled.errors ?? null;
    return valid;
  };
  return validate;
}

/** The same, with a body of null let through. */
export function optionalBody(compile: FastifySchemaCompiler<object>): FastifySchemaCompiler<object> {
  return (definition) => {
    const validate = compile(definition);
    if (definition.httpPart !== 'body') return validate;
    const lenient: typeof validate = (data: unknown) => {
      if (data === null) return true;
      const valid = validate(data);
      lenient.errors = validate.errors ?? null;
      return valid;
    };
    return lenient;
  };
}

function withFormats(ajv: Ajv): Ajv {
  formats.default(ajv);
  return ajv;
}
