import { type EngineJson, isObject } from './engine-json.ts';
import { FairleadError } from './errors.ts';

/**
 * What of the Engine's create body is known, as far as its members are objects of fixed names. Policy decides about every name in
 * here and refuses all others, so whoever adds one looks first at what it could ask the Engine for.
 */
type Shape =
  | { readonly kind: 'value' }
  /** Members of fixed names, which the Engine reads whatever their case. */
  | { readonly kind: 'object'; readonly members: ReadonlyMap<string, readonly [name: string, shape: Shape]> }
  /** Names of the caller's own, such as labels. */
  | { readonly kind: 'map'; readonly of: Shape }
  | { readonly kind: 'list'; readonly of: Shape };

const VALUE: Shape = { kind: 'value' };

function object(values: string, nested: Readonly<Record<string, Shape>> = {}): Shape {
  const names = values.split(/\s+/).filter((name) => name !== '');
  const members = [...names.map((name) => [name, VALUE] as const), ...Object.entries(nested)];
  return { kind: 'object', members: new Map(members.map((member) => [folded(member[0]), member])) };
}
const map = (of: Shape): Shape => ({ kind: 'map', of });
const list = (of: Shape): Shape => ({ kind: 'list', of });

const MOUNT = object('Type Source Target ReadOnly Consistency', {
  BindOptions: object(
    'Propagation NonRecursive CreateMountpoint ReadOnlyNonRecursive ReadOnlyForceRecursive',
  ),
  VolumeOptions: object('NoCopy Labels Subpath', { DriverConfig: object('Name Options') }),
  TmpfsOptions: object('SizeBytes Mode Options'),
  ImageOptions: object('Subpath'),
});

const RESOURCES = `CpuShares Memory NanoCpus CgroupParent BlkioWeight BlkioWeightDevice BlkioDeviceReadBps BlkioDeviceWriteBps
  BlkioDeviceReadIOps BlkioDeviceWriteIOps CpuPeriod CpuQuota CpuRealtimePeriod CpuRealtimeRuntime CpusetCpus CpusetMems
  Devices DeviceCgroupRules DeviceRequests KernelMemory KernelMemoryTCP MemoryReservation MemorySwap MemorySwappiness
  OomKillDisable PidsLimit Ulimits Init`;

const HOST_CONFIG = object(
  `${RESOURCES} Binds ContainerIDFile NetworkMode PortBindings AutoRemove VolumeDriver VolumesFrom ConsoleSize Annotations CapAdd
  CapDrop CgroupnsMode Dns DnsOptions DnsSearch ExtraHosts GroupAdd IpcMode Cgroup Links OomScoreAdj PidMode Privileged
  PublishAllPorts ReadonlyRootfs SecurityOpt StorageOpt Tmpfs UTSMode UsernsMode ShmSize Sysctls Runtime Isolation MaskedPaths
  ReadonlyPaths`,
  {
    LogConfig: object('Type', { Config: map(VALUE) }),
    RestartPolicy: object('Name MaximumRetryCount'),
    Mounts: list(MOUNT),
  },
);

const ENDPOINT = object(
  `Links Aliases MacAddress DriverOpts GwPriority DNSNames NetworkID EndpointID Gateway IPAddress IPPrefixLen IPv6Gateway
  GlobalIPv6Address GlobalIPv6PrefixLen`,
  { IPAMConfig: object('IPv4Address IPv6Address LinkLocalIPs') },
);

const CREATE_BODY = object(
  `Hostname Domainname User AttachStdin AttachStdout AttachStderr ExposedPorts Tty OpenStdin StdinOnce Env Cmd ArgsEscaped Image
  Volumes WorkingDir Entrypoint NetworkDisabled MacAddress OnBuild Labels StopSignal StopTimeout Shell`,
  {
    Healthcheck: object('Test Interval Timeout StartPeriod StartInterval Retries'),
    HostConfig: HOST_CONFIG,
    NetworkingConfig: object('', { EndpointsConfig: map(ENDPOINT) }),
  },
);

/**
 * A name as the Engine compares it. Go's JSON takes `privileged` and `PRIVILEGED` for `Privileged`, and by Unicode's simple
 * folding also a long s for `s` and the Kelvin sign for `k`.
 */
function folded(name: string): string {
  return name
    .replaceAll('\u017f', 's')
    .replaceAll('\u212a', 'k')
    .replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

export interface SpelledBody {
  /** With the Engine's own spelling of every name that it would take for one of its own. */
  readonly body: EngineJson;
  /** JSON pointers, from the top of the body, of the names that are none of those known. */
  readonly unknown: readonly string[];
}

/**
 * Spells the names in JSON for the Engine as the Engine does, so that whoever looks for `Privileged` sees what the Engine sees.
 *
 * @param at where the JSON stands in the request, for the words of an error
 * @throws FairleadError VALIDATION_FAILED when two names are one to the Engine
 */
export function spellCreateBody(json: EngineJson, at: string): SpelledBody {
  const unknown: string[] = [];
  const body = spell(json, CREATE_BODY, at, unknown);
  return { body: body as EngineJson, unknown: unknown.map((pointer) => pointer.slice(at.length)) };
}

function spell(value: unknown, shape: Shape, at: string, unknown: string[]): unknown {
  switch (shape.kind) {
    case 'value':
      return value;
    case 'list':
      return Array.isArray(value)
        ? value.map((item, index) => spell(item, shape.of, `${at}/${index}`, unknown))
        : value;
    case 'map':
      if (!isObject(value)) return value;
      return Object.fromEntries(
        Object.entries(value).map(([name, member]) => [
          name,
          spell(member, shape.of, `${at}/${name}`, unknown),
        ]),
      );
    case 'object':
      return isObject(value) ? spellMembers(value, shape.members, at, unknown) : value;
  }
}

function spellMembers(
  value: EngineJson,
  members: ReadonlyMap<string, readonly [string, Shape]>,
  at: string,
  unknown: string[],
): EngineJson {
  const spelled = new Map<string, unknown>();
  for (const [given, member] of Object.entries(value)) {
    const [name, shape] = members.get(folded(given)) ?? [given, undefined];
    if (spelled.has(name)) throw twice(`${at}/${given}`, name);
    if (shape === undefined) unknown.push(`${at}/${given}`);
    spelled.set(name, shape === undefined ? member : spell(member, shape, `${at}/${name}`, unknown));
  }
  return Object.fromEntries(spelled);
}

function twice(path: string, name: string): FairleadError {
  const message = `stands here twice in spellings that the Engine takes for the same name, ${name}`;
  return new FairleadError('VALIDATION_FAILED', `${path}: ${message}`, { errors: [{ path, message }] });
}
