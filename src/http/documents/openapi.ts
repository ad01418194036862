import { readFileSync } from 'node:fs';
import swagger, { type FastifyDynamicSwaggerOptions } from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import { shareTitledSchemas } from './components.ts';
import { OPTIONAL_BODY, operationSchema } from './operation-schema.ts';
import { GENERAL_ERRORS } from './possible-errors.ts';

/** The version of this release, from the package itself. */
export const VERSION: string = (
  JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as { version: string }
).version;

export const TAGS = [
  { name: 'System', description: 'The server itself and the Engines as a whole.' },
  { name: 'Access', description: 'Tokens, tickets for browsers, and the audit trail.' },
  { name: 'Containers', description: 'Containers from creation to removal.' },
  { name: 'Logs and stats', description: 'What containers write and what they use.' },
  { name: 'Exec', description: 'Processes in containers.' },
  { name: 'Terminals', description: 'Processes that outlive the connections of those who watch them.' },
  { name: 'Documents', description: 'What this API is.' },
] as const;

const DESCRIPTION = `A typed, safe and observable API in front of Docker Engines.

Send \`Authorization: Bearer flt_...\` with every request. Failures are problem documents (RFC 9457) whose \`code\` is stable;
\`docs/errors.md\` and \`GET /problems/{code}\` say what to do about each. Besides the codes that a route lists, any request can be
answered with ${GENERAL_ERRORS.map((code) => `\`${code}\``).join(', ')}.

Every answer carries \`X-Request-Id\`, which is also in the log and in the audit trail. Samples run as printed with \`$FAIRLEAD\` (the
server's URL) and \`$TOKEN\` set.`;

/** Makes the OpenAPI document out of the routes that are mounted after it: `app.swagger()`. */
export const openapi = fp(async (app: FastifyInstance) => {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Fairlead',
        version: VERSION,
        description: DESCRIPTION,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/' }],
      tags: [...TAGS],
      security: [{ token: [] }],
      components: {
        securitySchemes: {
          token: { type: 'http', scheme: 'bearer', description: 'An API token, `flt_...`.' },
        },
      },
    },
    transform: ({ route, url }) => {
      const { config } = route;
      const { route: definition, tag = '' } = config ?? {};
      if (definition === undefined) return { schema: { hide: true }, url };
      return { schema: operationSchema(definition, tag), url };
    },
    transformObject: (document) =>
      'openapiObject' in document ? finish(document.openapiObject) : document.swaggerObject,
  } satisfies FastifyDynamicSwaggerOptions);
});

/** Says which bodies may be missing, and gives schemas their names. */
function finish(document: object): object {
  return shareTitledSchemas(
    JSON.parse(JSON.stringify(document), (_key, value: unknown) => {
      if (typeof value !== 'object' || value === null || !(OPTIONAL_BODY in value)) return value;
      const { [OPTIONAL_BODY]: _mark, requestBody, ...rest } = value as Record<string, unknown>;
      return { ...rest, requestBody: { ...(requestBody as object), required: false } };
    }) as object,
  );
}
