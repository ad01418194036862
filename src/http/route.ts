import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Static, TObject, TSchema } from 'typebox';
import type { WebSocket } from 'ws';
import type { Actor } from '../domain/access.ts';
import type { ErrorCode } from '../domain/errors.ts';
import type { OperationName } from '../domain/operations.ts';
import type { AuditNote } from './audit-note.ts';

/** An answer that is not JSON, or not only. */
export interface ResponseContent {
  readonly description: string;
  readonly content?: Readonly<Record<string, { readonly schema: TSchema }>>;
}

export interface RouteSchema {
  /** One line, as the table of contents of the document shows it. */
  readonly summary: string;
  /** Markdown. */
  readonly description?: string;
  readonly params?: TObject;
  readonly querystring?: TObject;
  readonly headers?: TObject;
  readonly body?: TSchema;
  /** Content types of the body, where it is not JSON. */
  readonly consumes?: readonly string[];
  /** The successful answers. Problems are added from `errors`. */
  readonly response: Readonly<Record<number, TSchema | ResponseContent>>;
}

type Part<
  S extends RouteSchema,
  K extends 'params' | 'querystring' | 'body' | 'headers',
> = S[K] extends TSchema ? Static<S[K]> : undefined;

/** One request, as a handler sees it: everything validated and typed by the route's schema. */
export interface Exchange<S extends RouteSchema> {
  readonly actor: Actor;
  readonly params: Part<S, 'params'>;
  readonly query: Part<S, 'querystring'>;
  readonly body: Part<S, 'body'>;
  readonly headers: Part<S, 'headers'>;
  /**
   * Aborts when the client goes away, when its token ends while the answer streams or the socket is open, and at shutdown.
   * Use it and not `request.signal`, which aborts once the body has been read.
   */
  readonly signal: AbortSignal;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  /** Tells the audit trail what the route cannot know: the id of what was made, an exit code. Never secrets. */
  readonly note: (note: AuditNote) => void;
}

/** How a WebSocket of a route reads in the AsyncAPI document. */
export interface SocketSchema {
  readonly summary: string;
  /** Markdown: subprotocols, order of messages, close codes. */
  readonly description?: string;
  readonly subprotocols?: readonly string[];
  /** What the server sends; JSON messages, or `Type.Unsafe` for bytes. */
  readonly sends?: TSchema;
  readonly receives?: TSchema;
}

export interface RouteDefinition<S extends RouteSchema> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the mount point, with `:name` parameters. */
  readonly path: string;
  /** Decides permission, audit and metrics. */
  readonly operation: OperationName;
  readonly schema: S;
  /** Codes this route can answer with beyond those every route has (authentication, validation, Engine). */
  readonly errors?: readonly ErrorCode[];
  /** Names the operation in the document where two routes share one. Default: made from `operation`. */
  readonly operationId?: string;
  /** Where the target's id stands: the parameter's name. Default: the first one. */
  readonly target?: string;
  /** A body that is handed on as a stream has no limit; others take 1 MiB unless it is set, in bytes. */
  readonly bodyLimit?: number;
  /** Whether a POST honours Idempotency-Key. Default: when the operation changes something. */
  readonly idempotent?: boolean;
  /** Shell commands that run as printed, with `$FAIRLEAD` and `$TOKEN` set; shown in the document. */
  readonly samples?: readonly string[];
  /** The plain answer. A route without one is a WebSocket only and answers 426. */
  readonly handle?: (exchange: Exchange<S>) => Promise<unknown>;
  /** The WebSocket at the same path; authorised before the upgrade. It has ended when the promise settles. */
  readonly socket?: SocketSchema & {
    readonly handle: (socket: WebSocket, exchange: Exchange<S>) => Promise<void>;
  };
}

/** A route of any schema, as the tables hold it. */
export type Route = RouteDefinition<RouteSchema>;

/** Declares a route: gives its handler the types of its schema. */
export function route<const S extends RouteSchema>(definition: RouteDefinition<S>): Route {
  // A handler that takes the narrower exchange stands in the table under the wider type: the validator, running by the very
  // same schema, is what makes that true.
  return definition as unknown as Route;
}
