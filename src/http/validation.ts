import { Ajv, type Options } from 'ajv';
import formats from 'ajv-formats';
import type { FastifySchemaCompiler } from 'fastify';

const OPTIONS: Options = {
  allErrors: true,
  useDefaults: true,
  removeAdditional: false,
  discriminator: true,
  strict: false,
};

/**
 * Validates a body as it was sent, and the text parts of a request (path, query, headers) with numbers and booleans read out
 * of their text.
 */
export function validatorCompiler(): FastifySchemaCompiler<object> {
  const typed = withFormats(new Ajv(OPTIONS));
  const text = withFormats(new Ajv({ ...OPTIONS, coerceTypes: 'array' }));
  return ({ schema, httpPart }) => (httpPart === 'body' ? typed : text).compile(schema);
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
