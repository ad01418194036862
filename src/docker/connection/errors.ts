import { type ErrorCode, FairleadError } from '../../domain/errors.ts';

/** What a call was about, so that a 404 can be told by its noun. */
export interface Subject {
  readonly type: 'container' | 'path' | 'exec' | 'image' | 'network' | 'volume' | 'system';
  /** The name or id as the caller wrote it. */
  readonly ref: string;
}

const NOT_FOUND: Readonly<Record<Subject['type'], ErrorCode>> = {
  container: 'CONTAINER_NOT_FOUND',
  path: 'PATH_NOT_FOUND',
  exec: 'EXEC_NOT_FOUND',
  image: 'IMAGE_NOT_FOUND',
  network: 'ENGINE_OBJECT_NOT_FOUND',
  volume: 'ENGINE_OBJECT_NOT_FOUND',
  system: 'ENGINE_OBJECT_NOT_FOUND',
};

/** The Engine tells apart what its statuses do not only in words; first match wins. */
const BY_MESSAGE: readonly (readonly [RegExp, ErrorCode])[] = [
  [/client version \S+ is too (old|new)/i, 'ENGINE_NOT_SUPPORTED'],
  [/multiple IDs found|ambiguous/i, 'AMBIGUOUS_REFERENCE'],
  [/no such image|image .* not found|pull access denied|manifest unknown/i, 'IMAGE_NOT_FOUND'],
  [/no such exec/i, 'EXEC_NOT_FOUND'],
  [/could not find the file|no such file or directory in container|lstat .* no such file/i, 'PATH_NOT_FOUND'],
  [/no such container/i, 'CONTAINER_NOT_FOUND'],
  // What a container names may be missing, too.
  [/network \S+ not found|no such (network|volume)|plugin \S+ not found/i, 'ENGINE_OBJECT_NOT_FOUND'],
  [/is already in use by container/i, 'NAME_IN_USE'],
  [/container \S+ is paused|is paused, unpause/i, 'CONTAINER_PAUSED'],
  [/exec command has already run|exec .* already running/i, 'EXEC_NOT_RUNNING'],
  [
    /is not running|container not running|process is not running|process does not exist/i,
    'CONTAINER_NOT_RUNNING',
  ],
  // Statuses of 500 for what is no failure of the Engine.
  [/port is already allocated|address already in use|ports are not available/i, 'CONFLICT'],
  [/cannot overwrite (non-)?directory/i, 'CONFLICT'],
  [/failed to parse value as time|^strconv\.|cannot unmarshal|is marked read-only/i, 'ENGINE_REJECTED'],
  [/extraction point is not a directory|archive\/tar: |breakout attempt/i, 'ENGINE_REJECTED'],
];

/** What the Engine's answer of 400 and above means. `message` is the Engine's own and becomes the detail. */
export function fromStatus(status: number, message: string, subject: Subject): FairleadError {
  const detail = message.trim() || wordless(status, subject);
  return new FairleadError(codeFor(status, detail, subject), detail);
}

/** Answers to HEAD come without a word. */
function wordless(status: number, { type, ref }: Subject): string {
  if (status === 404 && type === 'path') return `There is nothing at "${ref}".`;
  return `The Engine answered ${status}.`;
}

function codeFor(status: number, message: string, subject: Subject): ErrorCode {
  const named = BY_MESSAGE.find(([pattern]) => pattern.test(message))?.[1];
  if (named !== undefined) return named;
  if (status === 404) return NOT_FOUND[subject.type];
  if (status === 409) return 'CONFLICT';
  if (status === 501) return 'ENGINE_NOT_SUPPORTED';
  if (status < 500) return 'ENGINE_REJECTED';
  return 'ENGINE_ERROR';
}

/** Codes of failures before anything was sent; all others say that a connection broke. */
const REFUSED = /^(ENOENT|ECONNREFUSED|EACCES|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN|ETIMEDOUT)$/;
const UNTRUSTED = /^ERR_(SSL|TLS)|^(CERT|UNABLE|DEPTH|SELF_SIGNED)_|^HOSTNAME_MISMATCH$/;

/** What a failure below HTTP means: ENGINE_UNREACHABLE, whatever it was. A FairleadError is passed on as it is. */
export function fromTransport(error: unknown, where: string): FairleadError {
  if (error instanceof FairleadError) return error;
  const code = errorCode(error) ?? '';
  const reason = error instanceof Error ? error.message : String(error);
  const refused = REFUSED.test(code) || UNTRUSTED.test(code);
  const detail = refused
    ? `The Engine at ${where} cannot be reached: ${reason}`
    : `The connection to the Engine at ${where} broke: ${reason}`;
  return new FairleadError('ENGINE_UNREACHABLE', detail, { cause: error });
}

function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
