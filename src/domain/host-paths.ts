import { posix } from 'node:path';
import { isObject } from './engine-json.ts';

/** What of the host's files a role other than admin may ask for. */
export interface HostPathLimits {
  /** Folders below which folders and files of the host may be mounted. */
  readonly allowedBindRoots: readonly string[];
  /** Sockets whose holder rules the host, besides those that are always known. */
  readonly engineSockets: readonly string[];
}

const KNOWN_SOCKETS = [
  '/var/run/docker.sock',
  '/run/docker.sock',
  '/run/containerd/containerd.sock',
  '/var/run/containerd/containerd.sock',
];
/** The same sockets where somebody has bound them to another place. */
const SOCKET_NAMES = new Set(['docker.sock', 'containerd.sock', 'podman.sock', 'crio.sock']);

/**
 * Why a path of the host may not be mounted; `null` when it may. It is compared as the Engine cleans it, without `..` and double
 * slashes; a symbolic link on the host is followed by the kernel later, and seen by nobody before.
 */
export function bindRefusal(source: unknown, limits: HostPathLimits): string | null {
  if (typeof source !== 'string' || !source.startsWith('/')) return `bind mounts need an absolute path`;
  const path = clean(source);
  const sockets = [...KNOWN_SOCKETS, ...limits.engineSockets.map(clean)];
  if (SOCKET_NAMES.has(posix.basename(path)) || sockets.some((socket) => within(socket, path))) {
    return `the Engine's socket: ${path} is it or holds it, and whoever has it rules the host`;
  }
  if (limits.allowedBindRoots.some((root) => within(path, clean(root)))) return null;
  return `bind mounts: ${path} is not in a folder that FAIRLEAD_ALLOWED_BIND_ROOTS names`;
}

function clean(path: string): string {
  const normal = posix.normalize(path);
  return normal.length > 1 && normal.endsWith('/') ? normal.slice(0, -1) : normal;
}

function within(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`);
}

/** File systems that are not a part of the host's own. */
const REMOTE_TYPES = new Set(['nfs', 'nfs3', 'nfs4', 'cifs', 'smb3']);

/**
 * Why a volume with these options may not be made or mounted: by its options the `local` driver mounts whatever the host has.
 *
 * @param driver empty for the Engine's default, `local`
 * @param options of the driver, as the Engine has them
 */
export function volumeRefusal(driver: unknown, options: unknown, limits: HostPathLimits): string | null {
  if (!isNothing(driver) && driver !== 'local') return `volume drivers other than local`;
  if (isNothing(options)) return null;
  if (!isObject(options)) return 'volume options that are no object';
  const { type, o, device } = options;
  const flags = typeof o === 'string' ? o.split(',').map((flag) => flag.trim().toLowerCase()) : [];
  // With this flag the kernel ignores the type.
  if (flags.includes('bind') || flags.includes('rbind')) return bindRefusal(device, limits);
  if (isNothing(device) && isNothing(type)) return null;
  if (type === 'tmpfs' && (isNothing(device) || device === 'tmpfs')) return null;
  const remote = typeof device === 'string' && !device.startsWith('/');
  if (typeof type === 'string' && REMOTE_TYPES.has(type) && (remote || isUnc(device))) return null;
  return `volume options: the local driver would mount ${JSON.stringify(device ?? '')} as ${JSON.stringify(type ?? '')}`;
}

function isUnc(device: unknown): boolean {
  return typeof device === 'string' && /^\/\/[^/]+\/[^/]/.test(device);
}

/** Whether a member asks for nothing: it is missing, null, empty, zero or false. */
export function isNothing(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === 0 || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
