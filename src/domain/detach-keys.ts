import { FairleadError } from './errors.ts';

const CONTROL = /^ctrl-([a-z@[\\\]^_])$/;
const PRINTABLE = /^[\x20-\x7e]$/;

/**
 * The bytes of a sequence of keys such as `ctrl-p,ctrl-q` or `ctrl-x,d`: each a character of ASCII, or `ctrl-` and a letter or one
 * of `@[\]^_`.
 *
 * @throws FairleadError VALIDATION_FAILED
 */
export function parseDetachKeys(text: string): Buffer {
  return Buffer.from(text.split(',').map((key) => byteOf(key)));
}

function byteOf(key: string): number {
  if (PRINTABLE.test(key)) return key.charCodeAt(0);
  const control = CONTROL.exec(key)?.[1];
  // Of `a` and `A` to `_` the lower five bits are what the control key makes of them.
  if (control !== undefined) return control.charCodeAt(0) & 0x1f;
  const message = `"${key}" is neither a character nor ctrl- and one of a-z@[\\]^_`;
  throw new FairleadError('VALIDATION_FAILED', `detachKeys: ${message}.`, {
    errors: [{ path: 'body/detachKeys', message }],
  });
}
