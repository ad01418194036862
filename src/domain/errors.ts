/**
 * What went wrong, independent of how it is told. Only `http/` knows which status or close code a kind becomes.
 */
export type ErrorKind =
  | 'invalid'
  | 'unprocessable'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'precondition-failed'
  | 'gone'
  | 'too-large'
  | 'headers-too-large'
  | 'unsupported-media-type'
  | 'not-acceptable'
  | 'upgrade-required'
  | 'method-not-allowed'
  | 'rate-limited'
  | 'unavailable'
  | 'engine-unavailable'
  | 'timeout'
  | 'not-supported'
  | 'internal';

interface CatalogueEntry {
  readonly kind: ErrorKind;
  /** One sentence, the same for every occurrence. */
  readonly title: string;
  /** What the reader can do next; ends up in `docs/errors.md`. */
  readonly remedy: string;
}

/** Every error the server can answer with, by its stable code. `docs/errors.md` and the OpenAPI document are kept equal by a test. */
export const ERROR_CATALOGUE = {
  VALIDATION_FAILED: {
    kind: 'invalid',
    title: 'The request does not match what this route accepts.',
    remedy: 'Correct each entry of `errors`; `path` says where it is.',
  },
  INVALID_JSON: {
    kind: 'invalid',
    title: 'The body is not valid JSON.',
    remedy: 'Send a JSON document with `Content-Type: application/json`.',
  },
  INVALID_REFERENCE: {
    kind: 'invalid',
    title: 'The name or id cannot be one the Engine knows.',
    remedy: 'Names and ids hold letters, digits, `_`, `.` and `-`, and start with a letter or a digit.',
  },
  AMBIGUOUS_REFERENCE: {
    kind: 'invalid',
    title: 'The id prefix fits more than one object.',
    remedy: 'Send more characters of the id, or the name.',
  },
  INVALID_CURSOR: {
    kind: 'invalid',
    title: 'The cursor was not made by this list.',
    remedy: 'Start again without `cursor`, and pass on `nextCursor` unchanged.',
  },
  ENGINE_REJECTED: {
    kind: 'invalid',
    title: 'The Engine refused the request as invalid.',
    remedy: 'The Engine says in `detail` what it does not accept.',
  },
  UNAUTHENTICATED: {
    kind: 'unauthenticated',
    title: 'No valid token came with the request.',
    remedy: 'Send `Authorization: Bearer flt_...` with a token that has not expired or been revoked.',
  },
  FORBIDDEN: {
    kind: 'forbidden',
    title: 'The token may not do this.',
    remedy: 'Use a token whose role and narrowing cover the operation that `detail` names.',
  },
  ORIGIN_NOT_ALLOWED: {
    kind: 'forbidden',
    title: 'Pages of this origin may not use the API.',
    remedy: 'Add the origin to `FAIRLEAD_ALLOWED_ORIGINS`.',
  },
  POLICY_VIOLATION: {
    kind: 'forbidden',
    title: 'The request asks the Engine for more than the role may.',
    remedy: 'Remove what `errors` names, or use an admin token.',
  },
  ROUTE_NOT_FOUND: {
    kind: 'not-found',
    title: 'No route has this method and path.',
    remedy: 'See `/docs` for every route.',
  },
  HOST_NOT_FOUND: {
    kind: 'not-found',
    title: 'No host has this name.',
    remedy: 'Leave `host` out for the host named `local`.',
  },
  CONTAINER_NOT_FOUND: {
    kind: 'not-found',
    title: 'No such container.',
    remedy: 'List the containers with `?all=true`; it may have been removed.',
  },
  EXEC_NOT_FOUND: {
    kind: 'not-found',
    title: 'No such exec instance.',
    remedy: 'Create one anew: the Engine forgets them when the container ends and when the Engine restarts.',
  },
  TERMINAL_NOT_FOUND: {
    kind: 'not-found',
    title: 'No such terminal.',
    remedy:
      'It has ended and its time to be read is over, or it belongs to another server. List the terminals.',
  },
  IMAGE_NOT_FOUND: {
    kind: 'not-found',
    title: 'No such image on this host.',
    remedy: 'Pull or build the image first.',
  },
  PATH_NOT_FOUND: {
    kind: 'not-found',
    title: 'No such file or folder.',
    remedy: 'Check the path; it is absolute and seen from inside the container.',
  },
  TOKEN_NOT_FOUND: {
    kind: 'not-found',
    title: 'No such token.',
    remedy: 'List the tokens; it may have been revoked.',
  },
  ENGINE_OBJECT_NOT_FOUND: {
    kind: 'not-found',
    title: 'The Engine does not know something the request names.',
    remedy: 'The Engine says in `detail` what it misses.',
  },
  CONFLICT: {
    kind: 'conflict',
    title: 'The object is not in a state that allows this.',
    remedy: 'The Engine says in `detail` what stands in the way.',
  },
  NAME_IN_USE: {
    kind: 'conflict',
    title: 'The name is taken.',
    remedy: 'Choose another name, or remove or rename what has it.',
  },
  CONTAINER_NOT_RUNNING: {
    kind: 'conflict',
    title: 'The container is not running.',
    remedy: 'Start the container first.',
  },
  CONTAINER_PAUSED: {
    kind: 'conflict',
    title: 'The container is paused.',
    remedy: 'Unpause the container first.',
  },
  EXEC_NOT_RUNNING: {
    kind: 'conflict',
    title: 'The exec instance is not running, or was started before.',
    remedy: 'An exec instance starts once; create another.',
  },
  LAST_ADMIN_TOKEN: {
    kind: 'conflict',
    title: 'The last admin token that works cannot be revoked.',
    remedy: 'Make another admin token without narrowing first.',
  },
  NO_SHELL: {
    kind: 'conflict',
    title: 'The container has none of the shells that are looked for.',
    remedy: 'Name a program that it has with `cmd`.',
  },
  IDEMPOTENCY_IN_PROGRESS: {
    kind: 'conflict',
    title: 'The first request with this Idempotency-Key is still being worked on.',
    remedy: 'Wait a moment and send the same request again.',
  },
  IDEMPOTENCY_KEY_REUSED: {
    kind: 'unprocessable',
    title: 'This Idempotency-Key came with another request before.',
    remedy: 'Use a new key for a new request.',
  },
  PRECONDITION_FAILED: {
    kind: 'precondition-failed',
    title: 'The resource has changed since its ETag was read.',
    remedy: 'Read it again, merge, and send the new ETag in `If-Match`.',
  },
  BODY_TOO_LARGE: {
    kind: 'too-large',
    title: 'The body is larger than this route takes.',
    remedy: 'Send less; `detail` names the limit.',
  },
  HEADERS_TOO_LARGE: {
    kind: 'headers-too-large',
    title: 'The request line and headers are larger than the server takes.',
    remedy: 'Shorten the URL and the headers to 16 KiB together.',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    kind: 'unsupported-media-type',
    title: 'The route does not take this Content-Type.',
    remedy: 'Send one of the types that the route documents.',
  },
  NOT_ACCEPTABLE: {
    kind: 'not-acceptable',
    title: 'The route cannot answer in a type that `Accept` names.',
    remedy: 'Ask for one of the types that the route documents.',
  },
  METHOD_NOT_ALLOWED: {
    kind: 'method-not-allowed',
    title: 'The path exists, the method does not.',
    remedy: 'Use a method that `Allow` names.',
  },
  UPGRADE_REQUIRED: {
    kind: 'upgrade-required',
    title: 'The route answers only over a WebSocket.',
    remedy: 'Connect with a WebSocket client; `docs/websocket.md` shows three.',
  },
  RATE_LIMITED: {
    kind: 'rate-limited',
    title: 'Too many requests.',
    remedy: 'Wait as long as `Retry-After` says.',
  },
  SHUTTING_DOWN: {
    kind: 'unavailable',
    title: 'The server is shutting down.',
    remedy: 'Try again in a moment.',
  },
  TERMINAL_LIMIT_REACHED: {
    kind: 'unavailable',
    title: 'The server has as many open terminals as it may.',
    remedy: 'End one that nobody needs: `GET /terminals`, then `DELETE /terminals/{id}`.',
  },
  VIEWER_TOO_SLOW: {
    kind: 'unavailable',
    title: 'The viewer took output more slowly than the others who watch the same process.',
    remedy: 'Connect again; a terminal replays its last output.',
  },
  DATABASE_UNAVAILABLE: {
    kind: 'unavailable',
    title: 'The database cannot be reached.',
    remedy: 'Try again; an operator finds the cause at `/readyz`.',
  },
  ENGINE_UNREACHABLE: {
    kind: 'engine-unavailable',
    title: 'The Docker Engine cannot be reached.',
    remedy:
      'Check that the Engine runs and that the server may open its socket; the server reconnects by itself.',
  },
  ENGINE_ERROR: {
    kind: 'engine-unavailable',
    title: 'The Docker Engine failed.',
    remedy: 'The Engine says in `detail` why; its own log says more.',
  },
  ENGINE_TIMEOUT: {
    kind: 'timeout',
    title: 'The Docker Engine took too long.',
    remedy: 'Try again; if it lasts, look at the load of the host.',
  },
  EXEC_TIMEOUT: {
    kind: 'timeout',
    title: 'The command was ended because it ran longer than `timeoutSeconds`.',
    remedy: 'Allow more time, detach, or attach over a WebSocket.',
  },
  ENGINE_NOT_SUPPORTED: {
    kind: 'not-supported',
    title: 'This Engine cannot do that.',
    remedy: 'The Engine says in `detail` what it lacks.',
  },
  INTERNAL: {
    kind: 'internal',
    title: 'The server failed.',
    remedy: 'Report it with the `requestId`; the log has the cause.',
  },
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorCode = keyof typeof ERROR_CATALOGUE;

/** One thing wrong with the input: where it is (JSON pointer or name) and what is wrong there. */
export interface FieldError {
  readonly path: string;
  readonly message: string;
}

export interface ErrorOptions {
  readonly errors?: readonly FieldError[];
  /** More members of the problem document, such as `retryAfterSeconds`. Never secrets. */
  readonly extra?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** The only error the layers throw on purpose. `message` is the `detail` the caller reads: no secrets. */
export class FairleadError extends Error {
  readonly code: ErrorCode;
  readonly errors: readonly FieldError[];
  readonly extra: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, detail: string, options: ErrorOptions = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'FairleadError';
    this.code = code;
    this.errors = options.errors ?? [];
    this.extra = options.extra ?? {};
  }

  get kind(): ErrorKind {
    return ERROR_CATALOGUE[this.code].kind;
  }

  get title(): string {
    return ERROR_CATALOGUE[this.code].title;
  }
}

/** Whether `error` is a FairleadError, and with `code` given, that one. */
export function isFairleadError(error: unknown, code?: ErrorCode): error is FairleadError {
  return error instanceof FairleadError && (code === undefined || error.code === code);
}
