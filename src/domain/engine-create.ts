import { STACK_LABEL } from './access.ts';
import type { ContainerResources, RestartPolicy } from './container.ts';
import type {
  ContainerSpec,
  HealthcheckSpec,
  MountSpec,
  NetworkAttachment,
  PortSpec,
} from './container-spec.ts';
import { type EngineJson, laidOver } from './engine-json.ts';
import { spellCreateBody } from './engine-shape.ts';
import { FairleadError } from './errors.ts';

/** A create call as the Engine takes it. */
export interface EngineCreate {
  readonly name?: string;
  readonly platform?: string;
  /** `Image`, `HostConfig`, `NetworkingConfig` and so on. May name more networks than an Engine before 25 takes in one call. */
  readonly body: EngineJson;
}

/** A create call of which all names are spelled as the Engine spells them. */
export interface SpelledCreate extends EngineCreate {
  /** JSON pointers, from the top of the body, of the names that are none of those known. */
  readonly unknown: readonly string[];
}

/**
 * Says in the Engine's words what a container is to be made of, with what `engine` says laid over it.
 *
 * @throws FairleadError VALIDATION_FAILED when two names in `engine` are one to the Engine, and for `networks` beside `networkMode`
 */
export function toEngineCreate(spec: ContainerSpec): SpelledCreate {
  if (spec.networkMode !== undefined && (spec.networks ?? []).length > 0) {
    const message = 'stands beside networks; give one of the two';
    throw new FairleadError('VALIDATION_FAILED', `body/networkMode: ${message}`, {
      errors: [{ path: 'body/networkMode', message }],
    });
  }
  const body = {
    ...config(spec),
    // Always an object: without one, Engines read the host configuration from the top level instead.
    HostConfig: hostConfig(spec),
    ...given({ NetworkingConfig: networkingConfig(spec.networks) }),
  };
  const own = spellCreateBody(spec.engine ?? {}, 'body/engine');
  return {
    ...given({ name: spec.name, platform: spec.platform }),
    body: laidOver(body, own.body),
    unknown: own.unknown,
  };
}

function config(spec: ContainerSpec): EngineJson {
  const exposed = [...(spec.expose ?? []).map(portKey), ...(spec.ports ?? []).map(publishedKey)];
  return given({
    Image: spec.image,
    Cmd: spec.cmd,
    Entrypoint: spec.entrypoint,
    Env:
      spec.env && Object.entries(spec.env).map(([key, value]) => (value === null ? key : `${key}=${value}`)),
    Labels: spec.labels,
    Hostname: spec.hostname,
    Domainname: spec.domainname,
    User: spec.user,
    WorkingDir: spec.workingDir,
    Tty: spec.tty,
    OpenStdin: spec.openStdin,
    StdinOnce: spec.stdinOnce,
    StopSignal: spec.stopSignal,
    StopTimeout: spec.stopTimeoutSeconds,
    Healthcheck: spec.healthcheck && healthcheck(spec.healthcheck),
    ExposedPorts: exposed.length === 0 ? undefined : Object.fromEntries(exposed.map((key) => [key, {}])),
  });
}

function hostConfig(spec: ContainerSpec): EngineJson {
  return given({
    ...toEngineResources(spec.resources ?? {}),
    Init: spec.init,
    PortBindings: spec.ports && portBindings(spec.ports),
    PublishAllPorts: spec.publishAllPorts,
    Mounts: spec.mounts?.map((mount) => toEngineMount(mount, spec.labels?.[STACK_LABEL])),
    NetworkMode: spec.networkMode ?? spec.networks?.[0]?.network,
    RestartPolicy: spec.restartPolicy && toEngineRestartPolicy(spec.restartPolicy),
    Ulimits: spec.ulimits?.map(({ name, soft, hard }) => ({ Name: name, Soft: soft, Hard: hard })),
    Privileged: spec.privileged,
    CapAdd: spec.capAdd,
    CapDrop: spec.capDrop,
    Devices: spec.devices?.map(({ hostPath, containerPath = hostPath, permissions = 'rwm' }) => ({
      PathOnHost: hostPath,
      PathInContainer: containerPath,
      CgroupPermissions: permissions,
    })),
    SecurityOpt: spec.securityOpt,
    GroupAdd: spec.groupAdd,
    Sysctls: spec.sysctls,
    ReadonlyRootfs: spec.readOnlyRootfs,
    AutoRemove: spec.autoRemove,
    ShmSize: spec.shmSizeBytes,
    PidMode: spec.pidMode,
    IpcMode: spec.ipcMode,
    UTSMode: spec.utsMode,
    UsernsMode: spec.usernsMode,
    CgroupParent: spec.cgroupParent,
    ExtraHosts: spec.extraHosts,
    Dns: spec.dns,
    DnsSearch: spec.dnsSearch,
    LogConfig: spec.logging && { Type: spec.logging.driver, Config: spec.logging.options ?? {} },
  });
}

/** Limits as both create and update take them. */
export function toEngineResources(resources: ContainerResources): EngineJson {
  return given({
    Memory: resources.memoryBytes,
    MemoryReservation: resources.memoryReservationBytes,
    MemorySwap: resources.memorySwapBytes,
    NanoCpus: resources.cpus === undefined ? undefined : Math.round(resources.cpus * 1e9),
    CpuShares: resources.cpuShares,
    CpusetCpus: resources.cpusetCpus,
    PidsLimit: resources.pidsLimit,
  });
}

export function toEngineRestartPolicy({ name, maximumRetryCount }: RestartPolicy): EngineJson {
  return { Name: name, MaximumRetryCount: maximumRetryCount ?? 0 };
}

/** A volume that is made with the container belongs to its stack. */
function toEngineMount(mount: MountSpec, stack: string | undefined): EngineJson {
  const labels = mount.create === true && stack !== undefined ? { [STACK_LABEL]: stack } : undefined;
  const volume = given({ NoCopy: mount.noCopy, Labels: labels });
  const tmpfs = given({ SizeBytes: mount.tmpfsSizeBytes, Mode: mount.tmpfsMode });
  return given({
    Type: mount.type,
    Source: mount.source,
    Target: mount.target,
    ReadOnly: mount.readOnly,
    BindOptions: mount.propagation === undefined ? undefined : { Propagation: mount.propagation },
    VolumeOptions: Object.keys(volume).length === 0 ? undefined : volume,
    TmpfsOptions: Object.keys(tmpfs).length === 0 ? undefined : tmpfs,
  });
}

function healthcheck(spec: HealthcheckSpec): EngineJson {
  return given({
    Test: spec.test,
    Interval: nanoseconds(spec.intervalSeconds),
    Timeout: nanoseconds(spec.timeoutSeconds),
    StartPeriod: nanoseconds(spec.startPeriodSeconds),
    Retries: spec.retries,
  });
}

function nanoseconds(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : Math.round(seconds * 1e9);
}

function portKey(port: string): string {
  return port.includes('/') ? port : `${port}/tcp`;
}

function publishedKey(port: PortSpec): string {
  return `${port.containerPort}/${port.protocol ?? 'tcp'}`;
}

/** One container port may be published several times. */
function portBindings(ports: readonly PortSpec[]): EngineJson {
  const bindings: Record<string, EngineJson[]> = {};
  for (const port of ports) {
    const key = publishedKey(port);
    bindings[key] = [
      ...(bindings[key] ?? []),
      { HostIp: port.hostIp ?? '', HostPort: port.hostPort === undefined ? '' : String(port.hostPort) },
    ];
  }
  return bindings;
}

function networkingConfig(networks: readonly NetworkAttachment[] | undefined): EngineJson | undefined {
  if (networks === undefined || networks.length === 0) return undefined;
  return { EndpointsConfig: Object.fromEntries(networks.map((one) => [one.network, toEngineEndpoint(one)])) };
}

function toEngineEndpoint(network: NetworkAttachment): EngineJson {
  const addresses = given({ IPv4Address: network.ipv4Address, IPv6Address: network.ipv6Address });
  return given({
    Aliases: network.aliases,
    Links: network.links,
    IPAMConfig: Object.keys(addresses).length === 0 ? undefined : addresses,
  });
}

/** Without the members that are `undefined`: what is missing is the image's or the Engine's choice. */
function given<T extends EngineJson>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const kept = Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
  return kept as { [K in keyof T]?: Exclude<T[K], undefined> };
}
