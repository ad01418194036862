import { posix } from 'node:path';
import type { PathStat } from '../../domain/container.ts';
import { FairleadError, isFairleadError } from '../../domain/errors.ts';
import type { ContainerArchive, ContainerReader } from '../ports/containers.ts';

/** In the order of preference. */
const SHELLS = ['bash', 'ash', 'sh'];
/** Where programs are looked for in a container that has no PATH of its own. */
const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const MAX_FOLDERS = 16;
const MAX_LINKS = 8;
const EXECUTABLE = 0o111;
const MAX_KNOWN = 1_000;

/** What a shell finder needs of a host's containers. */
export type ShellPlaces = Pick<ContainerArchive, 'statPath'> & Pick<ContainerReader, 'get'>;

export interface ShellFinder {
  /**
   * The first of bash, ash and sh in a container's PATH, as a path of its own. Looks at files, and runs nothing.
   *
   * @throws FairleadError NO_SHELL, CONTAINER_NOT_FOUND
   */
  find(containers: ShellPlaces, containerId: string, signal?: AbortSignal): Promise<string>;
}

/** Asks for all folders at once, and remembers what it found: a container's shell mostly stays where it is. */
export function createShellFinder(): ShellFinder {
  const known = new Map<string, string>();
  return {
    async find(containers, containerId, signal) {
      const before = known.get(containerId);
      if (before !== undefined && (await isProgram(containers, containerId, before, signal))) return before;
      const shell = await look(containers, containerId, signal);
      known.set(containerId, shell);
      const [oldest] = known.keys();
      if (known.size > MAX_KNOWN && oldest !== undefined) known.delete(oldest);
      return shell;
    },
  };
}

async function look(
  containers: ShellPlaces,
  containerId: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  const { env } = await containers.get(containerId, {}, signal);
  const folders = (env['PATH'] || DEFAULT_PATH)
    .split(':')
    .filter((folder) => folder.startsWith('/'))
    .slice(0, MAX_FOLDERS);
  for (const shell of SHELLS) {
    const paths = folders.map((folder) => posix.join(folder, shell));
    const found = await Promise.all(paths.map((path) => isProgram(containers, containerId, path, signal)));
    const path = paths.find((_, index) => found[index]);
    if (path !== undefined) return path;
  }
  throw new FairleadError('NO_SHELL', `The container has none of ${SHELLS.join(', ')} in its PATH.`);
}

async function isProgram(
  containers: Pick<ContainerArchive, 'statPath'>,
  containerId: string,
  path: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  let at = path;
  for (let links = 0; links < MAX_LINKS; links += 1) {
    const stat = await statOrNull(containers, containerId, at, signal);
    if (stat === null) return false;
    if (stat.type !== 'symlink') return stat.type === 'file' && (stat.mode & EXECUTABLE) !== 0;
    if (stat.linkTarget === null) return false;
    at = posix.resolve(posix.dirname(at), stat.linkTarget);
  }
  return false;
}

async function statOrNull(
  containers: Pick<ContainerArchive, 'statPath'>,
  containerId: string,
  path: string,
  signal: AbortSignal | undefined,
): Promise<PathStat | null> {
  try {
    return await containers.statPath(containerId, path, signal);
  } catch (error) {
    if (isFairleadError(error, 'PATH_NOT_FOUND')) return null;
    throw error;
  }
}
