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

/**
 * Validates a body as it was sent, and the text parts of a request (path, query, headers) with numbers and booleans read out
 * of their text.
 */
export function validatorCompiler(): FastifySchemaCompiler<object> {
  const typed = withFormats(new Ajv(OPTIONS));
  const text = withFormats(new Ajv({ ...OPTIONS, coerceTypes: 'array' }));
  return ({ schema, httpPart }) => lazily(() => (httpPart === 'body' ? typed : text).compile(schema));
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
