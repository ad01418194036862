import type { PathStat } from '../../domain/container.ts';

/*
 * The Engine tells modes as Go's `os.FileMode`: the nine permission bits as everywhere, all else in bits of its own.
 */
const DIRECTORY = 2 ** 31;
const SYMLINK = 2 ** 27;
const DEVICE = 2 ** 26;
const PIPE = 2 ** 25;
const SOCKET = 2 ** 24;
const SET_UID = 2 ** 23;
const SET_GID = 2 ** 22;
const CHAR_DEVICE = 2 ** 21;
const STICKY = 2 ** 20;
const IRREGULAR = 2 ** 19;

export function fileType(mode: number): PathStat['type'] {
  if (has(mode, DIRECTORY)) return 'directory';
  if (has(mode, SYMLINK)) return 'symlink';
  return [DEVICE, PIPE, SOCKET, CHAR_DEVICE, IRREGULAR].some((bit) => has(mode, bit)) ? 'other' : 'file';
}

/** As `chmod` takes them. */
export function permissionBits(mode: number): number {
  return (
    (mode & 0o777) |
    (has(mode, SET_UID) ? 0o4000 : 0) |
    (has(mode, SET_GID) ? 0o2000 : 0) |
    (has(mode, STICKY) ? 0o1000 : 0)
  );
}

/** Not with `&`, which would make a negative number of the highest bit. */
function has(mode: number, bit: number): boolean {
  return Math.floor(mode / bit) % 2 === 1;
}
