import type { ExecMark } from '../../domain/exec.ts';

/** Begins the keys that the Engine is told. */
const FIRST_KEY = 'ctrl-^';
const FIRST_BYTE = 0x1e;
const TOKEN_BYTES = 32;
const TOKEN = /^[0-9a-f]{32}$/;

/**
 * Keys that detach, in the Engine's spelling. It looks for them in all that is typed into a terminal, and takes ctrl-p,ctrl-q
 * where none are named: it would swallow these bytes of a paste, hold every ctrl-p back, and kill the process of an exec instead
 * of detaching from it. So it gets some that nobody sends. The first is held back until the next byte all the same; ctrl-^ is the
 * control character that is typed least.
 *
 * The Engine also tells them to whoever inspects the exec instance. So they carry what every server needs to know of it: the
 * process's token, and the keys that its maker wants to detach by, which this server looks for itself.
 */
export function engineDetachKeys(token: string, wanted?: string): string {
  return [FIRST_KEY, ...token.replaceAll('-', ''), ...(wanted === undefined ? [] : [wanted])].join(',');
}

/** What `engineDetachKeys` put into an exec instance; `null` for one that was made by somebody else. */
export function readMark(detachKeys: string): ExecMark | null {
  const bytes = Buffer.from(detachKeys, 'base64');
  const token = bytes.toString('latin1', 1, 1 + TOKEN_BYTES);
  if (bytes[0] !== FIRST_BYTE || !TOKEN.test(token)) return null;
  const uuid = token.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  return { token: uuid, detachKeys: bytes.subarray(1 + TOKEN_BYTES) };
}
