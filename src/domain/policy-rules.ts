import { isObject } from './engine-json.ts';
import { bindRefusal, type HostPathLimits, isNothing, volumeRefusal } from './host-paths.ts';

/** Each message begins with the name of what is refused; `at` is a pointer below the member, empty for the member itself. */
export interface Refusal {
  readonly at: string;
  readonly message: string;
}

export type Rule = (value: unknown, limits: HostPathLimits) => readonly Refusal[];

const ALLOWED: readonly Refusal[] = [];
const refused = (message: string, at = ''): readonly Refusal[] => [{ at, message }];

/** Refuses whatever is there. */
export function nothing(message: string): Rule {
  return (value) => (isNothing(value) ? ALLOWED : refused(message));
}

/** Refuses whatever is there, also what is empty: an empty list means another thing than none. */
function absent(message: string): Rule {
  return (value) => (value === undefined || value === null ? ALLOWED : refused(message));
}

/** Refuses every text but these. */
function only(values: readonly string[], message: string): Rule {
  return (value) =>
    isNothing(value) || (typeof value === 'string' && values.includes(value)) ? ALLOWED : refused(message);
}

/** Asks for each item of a list why it is refused. The Engine reads a single text as a list of one. */
function each(refusal: (item: unknown, limits: HostPathLimits) => string | null): Rule {
  return (value, limits) => {
    if (isNothing(value)) return ALLOWED;
    const items = Array.isArray(value) ? value : [value];
    return items.flatMap((item: unknown, index) => {
      const message = refusal(item, limits);
      return message === null ? ALLOWED : refused(message, `/${index}`);
    });
  };
}

/** A namespace: of its own, or one of another container, which `containersNamedBy` gives to be looked at. */
function namespace(own: readonly string[], message: string): Rule {
  return (value) =>
    isNothing(value) || (typeof value === 'string' && (own.includes(value) || /^container:./.test(value)))
      ? ALLOWED
      : refused(message);
}

/** Docker's default set: to add one of these, after all were dropped, is no more than a container has anyway. */
const DEFAULT_CAPABILITIES = new Set(
  `AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE NET_RAW SETFCAP SETGID SETPCAP SETUID
  SYS_CHROOT`.split(/\s+/),
);

function capabilityRefusal(item: unknown): string | null {
  if (typeof item === 'string' && DEFAULT_CAPABILITIES.has(item.toUpperCase().replace(/^CAP_/, '')))
    return null;
  return `added capabilities: ${show(item)}`;
}

const HARMLESS_SECURITY = new Set([
  'no-new-privileges',
  'no-new-privileges:true',
  'no-new-privileges=true',
  'apparmor=docker-default',
  'apparmor:docker-default',
]);

function securityRefusal(item: unknown): string | null {
  return typeof item === 'string' && HARMLESS_SECURITY.has(item) ? null : `security options: ${show(item)}`;
}

/** Settings that the kernel keeps for each container by itself. */
const OWN_SYSCTL =
  /^(net\.|fs\.mqueue\.|kernel\.(msgmax|msgmnb|msgmni|sem|shmall|shmmax|shmmni|shm_rmid_forced)$)/;

const sysctls: Rule = (value) => {
  if (isNothing(value)) return ALLOWED;
  if (!isObject(value)) return refused('sysctls');
  return Object.keys(value)
    .filter((name) => !OWN_SYSCTL.test(name.replaceAll('/', '.')))
    .flatMap((name) => refused(`sysctls outside the container's own namespaces: ${name}`, `/${name}`));
};

function bindsRefusal(item: unknown, limits: HostPathLimits): string | null {
  if (typeof item !== 'string') return 'bind mounts that are no text';
  const [source = '', target] = item.split(':');
  // One part alone is a folder in the container, for an anonymous volume; a source without a slash is a volume's name.
  if (target === undefined || /^[a-zA-Z0-9]/.test(source)) return null;
  return bindRefusal(source, limits);
}

function mountRefusal(mount: unknown, limits: HostPathLimits): string | null {
  if (!isObject(mount)) return 'mounts that are no object';
  switch (mount['Type']) {
    case 'bind':
      return bindRefusal(mount['Source'], limits);
    case 'volume': {
      const options = mount['VolumeOptions'];
      if (isNothing(options)) return null;
      const config = isObject(options) ? options['DriverConfig'] : options;
      if (isNothing(config)) return null;
      return isObject(config) ? volumeRefusal(config['Name'], config['Options'], limits) : 'volume drivers';
    }
    case 'tmpfs':
    case 'image':
      return null;
    default:
      return `mounts of the type ${show(mount['Type'])}`;
  }
}

/** Through these the Engine, as root, would read a file of the host or write to a socket of it. */
const logConfig: Rule = (value) => {
  if (isNothing(value)) return ALLOWED;
  const options = isObject(value) ? value['Config'] : value;
  if (isNothing(options)) return ALLOWED;
  if (!isObject(options)) return refused('logging options');
  return Object.entries(options)
    .filter(([name, option]) => /cert|key|capath/i.test(name) || /^\s*unix/i.test(String(option)))
    .flatMap(([name]) => refused(`logging options that reach into the host: ${name}`, `/Config/${name}`));
};

/** Of `NetworkingConfig.EndpointsConfig`. */
export const endpoints: Rule = (value) => {
  if (isNothing(value)) return ALLOWED;
  if (!isObject(value)) return refused('networks');
  return 'host' in value ? refused('host namespaces: the network of the host', '/host') : ALLOWED;
};

/** By the names of `HostConfig`; one without a rule is harmless whatever it is. */
export const HOST_CONFIG_RULES: Readonly<Record<string, Rule>> = {
  Privileged: nothing('privileged containers'),
  NetworkMode: (value) =>
    isNothing(value) || (typeof value === 'string' && value !== 'host' && !value.startsWith('ns:'))
      ? ALLOWED
      : refused('host namespaces: the network of the host'),
  PidMode: namespace(['private'], 'host namespaces: the processes of the host'),
  IpcMode: namespace(['none', 'private', 'shareable'], 'host namespaces: the shared memory of the host'),
  UTSMode: only(['private'], 'host namespaces: the name of the host'),
  UsernsMode: only(['private'], 'host namespaces: the users of the host'),
  CgroupnsMode: only(['private'], 'host namespaces: the cgroups of the host'),
  Cgroup: nothing('cgroups of other containers'),
  CgroupParent: nothing('a parent cgroup'),
  Binds: each(bindsRefusal),
  Mounts: each(mountRefusal),
  VolumeDriver: only(['local'], 'volume drivers other than local'),
  CapAdd: each(capabilityRefusal),
  Devices: nothing('devices of the host'),
  DeviceCgroupRules: nothing('devices of the host, by rule'),
  DeviceRequests: nothing('devices of the host, by request'),
  SecurityOpt: each(securityRefusal),
  Sysctls: sysctls,
  Runtime: only(['runc'], 'runtimes other than the default'),
  Isolation: only(['default'], 'another isolation'),
  OomScoreAdj: (value) =>
    isNothing(value) || (typeof value === 'number' && value >= 0)
      ? ALLOWED
      : refused('a better place than others when memory runs out (OomScoreAdj below 0)'),
  OomKillDisable: nothing('to be spared when memory runs out'),
  CpuRealtimePeriod: nothing('realtime scheduling'),
  CpuRealtimeRuntime: nothing('realtime scheduling'),
  MaskedPaths: absent('other masked paths than the default'),
  ReadonlyPaths: absent('other read-only paths than the default'),
  Annotations: nothing('annotations, which the runtime reads'),
  ContainerIDFile: nothing('a file on the host'),
  StorageOpt: (value) =>
    isNothing(value) || (isObject(value) && Object.keys(value).every((name) => name === 'size'))
      ? ALLOWED
      : refused('storage options other than size'),
  LogConfig: logConfig,
};

function show(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, 80) : JSON.stringify(value ?? null).slice(0, 80);
}
