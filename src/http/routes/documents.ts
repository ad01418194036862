import { Type } from 'typebox';
import { ERROR_CATALOGUE, FairleadError } from '../../domain/errors.ts';
import { codeOfType, problemType, statusOf } from '../problem.ts';
import { type Route, route } from '../route.ts';
import { Strict } from '../schemas/common.ts';
import { negotiate } from '../streams/accept.ts';

export interface DocumentRouteDeps {
  /** The documents, made at the first request for them. */
  readonly openapi: () => object;
  readonly asyncapi: () => object;
}

/** What this API is, for programs and for people; at the root, outside the API's prefix. */
export function documentRoutes(deps: DocumentRouteDeps): readonly Route[] {
  return [openapiDocument(deps), asyncapiDocument(deps), problem, root];
}

const Document = Type.Object({}, { additionalProperties: true });

const openapiDocument = ({ openapi }: DocumentRouteDeps) => {
  let text: string | undefined;
  return route({
    method: 'GET',
    path: '/openapi.json',
    operation: 'system.documents',
    operationId: 'documentsOpenapi',
    schema: { summary: 'Get this document', response: { 200: jsonFile('The OpenAPI 3.1 document.') } },
    samples: ['curl -fsS "$FAIRLEAD/openapi.json"'],
    handle: async ({ reply }) => {
      text ??= JSON.stringify(openapi());
      reply.type('application/json; charset=utf-8');
      return text;
    },
  });
};

const asyncapiDocument = ({ asyncapi }: DocumentRouteDeps) => {
  let text: string | undefined;
  return route({
    method: 'GET',
    path: '/asyncapi.json',
    operation: 'system.documents',
    operationId: 'documentsAsyncapi',
    schema: {
      summary: 'Get the document of every WebSocket',
      response: { 200: jsonFile('The AsyncAPI 3 document.') },
    },
    samples: ['curl -fsS "$FAIRLEAD/asyncapi.json"'],
    handle: async ({ reply }) => {
      text ??= JSON.stringify(asyncapi());
      reply.type('application/json; charset=utf-8');
      return text;
    },
  });
};

const ProblemKind = Type.Object(
  {
    type: Type.String({ examples: ['/problems/container-not-found'] }),
    code: Type.String({ examples: ['CONTAINER_NOT_FOUND'] }),
    status: Type.Integer(),
    title: Type.String(),
    remedy: Type.String({ description: 'What to do about it.' }),
  },
  { title: 'ProblemKind' },
);

const problem = route({
  method: 'GET',
  path: '/problems/:code',
  operation: 'system.documents',
  operationId: 'documentsProblem',
  schema: {
    summary: 'Explain a kind of problem',
    description: 'What `type` of a problem document refers to.',
    params: Strict({ code: Type.String({ maxLength: 100, examples: ['container-not-found'] }) }),
    response: {
      200: {
        description: 'The meaning of the code, and what to do.',
        content: { 'application/json': { schema: ProblemKind }, 'text/plain': { schema: Type.String() } },
      },
    },
  },
  errors: ['ROUTE_NOT_FOUND', 'NOT_ACCEPTABLE'],
  samples: ['curl -fsS "$FAIRLEAD/problems/container-not-found"'],
  handle: async ({ params, request, reply }) => {
    const code = codeOfType(params.code);
    if (code === null) throw new FairleadError('ROUTE_NOT_FOUND', `No problem is called "${params.code}".`);
    const { title, remedy } = ERROR_CATALOGUE[code];
    const type = negotiate(request.headers.accept, ['application/json', 'text/plain']);
    reply.type(`${type}; charset=utf-8`);
    if (type === 'text/plain') return `${code} (${statusOf(code)})\n\n${title}\n\n${remedy}\n`;
    return { type: problemType(code), code, status: statusOf(code), title, remedy };
  },
});

const root = route({
  method: 'GET',
  path: '/',
  operation: 'system.documents',
  operationId: 'documentsRoot',
  schema: { summary: 'Go to the documents', response: { 302: { description: 'They are at `/docs`.' } } },
  samples: ['curl -fsSL "$FAIRLEAD/"'],
  handle: async ({ reply }) => reply.redirect('/docs', 302),
});

function jsonFile(description: string) {
  return { description, content: { 'application/json': { schema: Document } } };
}
