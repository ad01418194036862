/**
 * Keys that detach, in the Engine's spelling. It looks for them in all that is typed into a terminal, and takes ctrl-p,ctrl-q
 * where none are named: it would swallow these bytes of a paste, and hold every ctrl-p back. So it gets some that nobody sends.
 * The first is held back until the next byte all the same; ctrl-^ is the control character that is typed least.
 *
 * @param token a UUID
 */
export function detachKeys(token: string): string {
  return ['ctrl-^', ...token.replaceAll('-', '')].join(',');
}
