import {
  ERROR_CATALOGUE,
  type ErrorCode,
  type ErrorKind,
  FairleadError,
  type FieldError,
} from '../domain/errors.ts';

/** RFC 9457 problem details, with our members. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly code: ErrorCode;
  readonly requestId: string;
  readonly errors?: readonly FieldError[];
  readonly [extra: string]: unknown;
}

interface Rendering {
  readonly status: number;
  /** What a WebSocket that is already open is closed with. */
  readonly closeCode: number;
}

const RENDERINGS: Readonly<Record<ErrorKind, Rendering>> = {
  invalid: { status: 400, closeCode: 4400 },
  unauthenticated: { status: 401, closeCode: 4401 },
  forbidden: { status: 403, closeCode: 4403 },
  'not-found': { status: 404, closeCode: 4404 },
  'method-not-allowed': { status: 405, closeCode: 4400 },
  'not-acceptable': { status: 406, closeCode: 4400 },
  conflict: { status: 409, closeCode: 4409 },
  gone: { status: 410, closeCode: 4404 },
  'precondition-failed': { status: 412, closeCode: 4409 },
  'too-large': { status: 413, closeCode: 1009 },
  'unsupported-media-type': { status: 415, closeCode: 1003 },
  unprocessable: { status: 422, closeCode: 4400 },
  'upgrade-required': { status: 426, closeCode: 4400 },
  'rate-limited': { status: 429, closeCode: 4429 },
  'headers-too-large': { status: 431, closeCode: 4400 },
  internal: { status: 500, closeCode: 1011 },
  'not-supported': { status: 501, closeCode: 4501 },
  'engine-unavailable': { status: 502, closeCode: 4502 },
  unavailable: { status: 503, closeCode: 1013 },
  timeout: { status: 504, closeCode: 4504 },
};

export const PROBLEM_CONTENT_TYPE = 'application/problem+json; charset=utf-8';

export function statusOf(code: ErrorCode): number {
  return RENDERINGS[ERROR_CATALOGUE[code].kind].status;
}

export function closeCodeOf(code: ErrorCode): number {
  return RENDERINGS[ERROR_CATALOGUE[code].kind].closeCode;
}

/** Every close code with which this server ends a WebSocket, and what it means. */
export const CLOSE_CODES: Readonly<Record<number, string>> = {
  1000: 'It is over; the reason is `exit:<code>` where a process has ended.',
  1001: 'The server is shutting down.',
  ...Object.fromEntries(
    (Object.keys(ERROR_CATALOGUE) as ErrorCode[])
      .map(closeCodeOf)
      .map((closeCode) => [closeCode, codesClosedWith(closeCode)]),
  ),
};

function codesClosedWith(closeCode: number): string {
  const codes = Object.entries(ERROR_CATALOGUE).filter(
    ([, { kind }]) => RENDERINGS[kind].closeCode === closeCode,
  );
  return `The reason begins with one of ${codes.map(([code]) => code).join(', ')}.`;
}

/** The close code and reason for a socket that ends by an error. A reason holds 123 bytes at most, cut between characters. */
export function closeFor(error: unknown): { readonly code: number; readonly reason: string } {
  const known = asFairleadError(error);
  return { code: RENDERINGS[known.kind].closeCode, reason: shorten(`${known.code}: ${known.message}`) };
}

/** The stable reference of a code: `/problems/container-not-found`. */
export function problemType(code: ErrorCode): string {
  return `/problems/${code.toLowerCase().replaceAll('_', '-')}`;
}

/** The code that a reference means; `null` where there is none. */
export function codeOfType(reference: string): ErrorCode | null {
  const code = reference.toUpperCase().replaceAll('-', '_');
  return Object.hasOwn(ERROR_CATALOGUE, code) ? (code as ErrorCode) : null;
}

export function toProblem(
  error: FairleadError,
  request: { readonly id: string; readonly url: string },
): Problem {
  return {
    ...error.extra,
    type: problemType(error.code),
    title: error.title,
    status: statusOf(error.code),
    detail: error.message,
    instance: request.url.split('?')[0] ?? request.url,
    code: error.code,
    requestId: request.id,
    ...(error.errors.length === 0 ? {} : { errors: error.errors }),
  };
}

/** What is not ours is a fault of the server; its words stay in the log. */
export function asFairleadError(error: unknown): FairleadError {
  if (error instanceof FairleadError) return error;
  return new FairleadError('INTERNAL', 'The server met an error it did not expect; its log has the cause.', {
    cause: error,
  });
}

const MAX_REASON_BYTES = 123;

/** Cuts a close reason to what a close frame holds. */
export function shorten(reason: string): string {
  let text = reason;
  while (Buffer.byteLength(text) > MAX_REASON_BYTES) text = text.slice(0, -1);
  return text;
}
