import type { OperationName, Role } from '../../src/domain/operations.ts';

/** One operation of the OpenAPI document, as far as tests go by it. */
export interface DocumentedOperation {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With `{name}` parameters. */
  readonly path: string;
  readonly operationId: string;
  readonly operation: OperationName;
  readonly role: Role | 'public';
  readonly isSocket: boolean;
  readonly asksEngine: boolean;
  readonly summary: string;
  readonly samples: readonly string[];
  readonly tags: readonly string[];
  /** By status. */
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: object }>>;
}

interface RawOperation {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly responses: DocumentedOperation['responses'];
  readonly 'x-operation': OperationName;
  readonly 'x-role': DocumentedOperation['role'];
  readonly 'x-codeSamples'?: readonly { readonly source: string }[];
}

/** Every operation of an OpenAPI document. */
export function documentedOperations(document: object): DocumentedOperation[] {
  const { paths } = document as { readonly paths: Record<string, Record<string, RawOperation>> };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, raw]) => ({
      method: method.toUpperCase() as DocumentedOperation['method'],
      path,
      operationId: raw.operationId,
      operation: raw['x-operation'],
      role: raw['x-role'],
      isSocket: '101' in raw.responses,
      asksEngine: (raw.parameters ?? []).some(({ name, in: place }) => name === 'host' && place === 'query'),
      summary: raw.summary,
      samples: (raw['x-codeSamples'] ?? []).map(({ source }) => source),
      tags: raw.tags,
      responses: raw.responses,
    })),
  );
}
