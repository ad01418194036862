import type { DiskUsage, DiskUsageOf, EngineInfo, EngineVersion } from '../../domain/engine-info.ts';

/* The Engine's JSON, as far as it is used. Older Engines leave out what newer ones tell, hence the many optional fields. */

export interface RawVersion {
  readonly Version: string;
  readonly ApiVersion: string;
  readonly MinAPIVersion?: string;
  readonly Os: string;
  readonly Arch: string;
  readonly KernelVersion?: string;
  readonly GoVersion?: string;
  readonly GitCommit?: string;
  readonly BuildTime?: string;
  readonly Components?: readonly { readonly Name: string; readonly Version: string }[] | null;
}

export interface RawInfo {
  readonly ID?: string;
  readonly Name?: string;
  readonly ServerVersion?: string;
  readonly OperatingSystem?: string;
  readonly OSType?: string;
  readonly Architecture?: string;
  readonly KernelVersion?: string;
  readonly NCPU?: number;
  readonly MemTotal?: number;
  readonly Containers?: number;
  readonly ContainersRunning?: number;
  readonly ContainersPaused?: number;
  readonly ContainersStopped?: number;
  readonly Images?: number;
  readonly Driver?: string;
  readonly LoggingDriver?: string;
  readonly CgroupDriver?: string;
  readonly CgroupVersion?: string;
  readonly DockerRootDir?: string;
  readonly Swarm?: { readonly LocalNodeState?: string } | null;
  readonly Runtimes?: Readonly<Record<string, unknown>> | null;
  readonly DefaultRuntime?: string;
  readonly SecurityOptions?: readonly string[] | null;
  readonly RegistryConfig?: {
    readonly InsecureRegistryCIDRs?: readonly string[] | null;
    readonly IndexConfigs?: Readonly<
      Record<string, { readonly Name: string; readonly Secure: boolean }>
    > | null;
    readonly Mirrors?: readonly string[] | null;
  } | null;
  readonly Labels?: readonly string[] | null;
  readonly LiveRestoreEnabled?: boolean;
  readonly SystemTime?: string;
  readonly Warnings?: readonly string[] | null;
}

export interface RawDiskUsage {
  readonly LayersSize?: number;
  readonly Images?:
    | readonly { readonly Containers: number; readonly Size: number; readonly SharedSize: number }[]
    | null;
  readonly Containers?: readonly { readonly State: string; readonly SizeRw?: number }[] | null;
  readonly Volumes?:
    | readonly { readonly UsageData?: { readonly RefCount: number; readonly Size: number } | null }[]
    | null;
  readonly BuildCache?:
    | readonly { readonly InUse: boolean; readonly Shared: boolean; readonly Size: number }[]
    | null;
}

export function toVersion(raw: RawVersion): EngineVersion {
  return {
    version: raw.Version,
    apiVersion: raw.ApiVersion,
    minApiVersion: raw.MinAPIVersion ?? '',
    os: raw.Os,
    arch: raw.Arch,
    kernelVersion: raw.KernelVersion ?? '',
    goVersion: raw.GoVersion ?? '',
    gitCommit: raw.GitCommit ?? '',
    buildTime: raw.BuildTime === undefined || raw.BuildTime === '' ? null : raw.BuildTime,
    components: (raw.Components ?? []).map(({ Name, Version }) => ({ name: Name, version: Version })),
  };
}

export function toInfo(raw: RawInfo): EngineInfo {
  const registries = raw.RegistryConfig ?? {};
  return {
    id: raw.ID ?? '',
    name: raw.Name ?? '',
    serverVersion: raw.ServerVersion ?? '',
    operatingSystem: raw.OperatingSystem ?? '',
    osType: raw.OSType ?? '',
    architecture: raw.Architecture ?? '',
    kernelVersion: raw.KernelVersion ?? '',
    cpus: raw.NCPU ?? 0,
    memoryBytes: raw.MemTotal ?? 0,
    containers: {
      total: raw.Containers ?? 0,
      running: raw.ContainersRunning ?? 0,
      paused: raw.ContainersPaused ?? 0,
      stopped: raw.ContainersStopped ?? 0,
    },
    images: raw.Images ?? 0,
    storageDriver: raw.Driver ?? '',
    loggingDriver: raw.LoggingDriver ?? '',
    cgroupDriver: raw.CgroupDriver ?? '',
    cgroupVersion: raw.CgroupVersion ?? '',
    rootDir: raw.DockerRootDir ?? '',
    swarm: raw.Swarm?.LocalNodeState ?? 'inactive',
    runtimes: Object.keys(raw.Runtimes ?? {}).sort(),
    defaultRuntime: raw.DefaultRuntime ?? '',
    securityOptions: raw.SecurityOptions ?? [],
    insecureRegistries: [
      ...(registries.InsecureRegistryCIDRs ?? []),
      ...Object.values(registries.IndexConfigs ?? {})
        .filter(({ Secure }) => !Secure)
        .map(({ Name }) => Name),
    ],
    registryMirrors: registries.Mirrors ?? [],
    labels: Object.fromEntries((raw.Labels ?? []).map(keyValue)),
    liveRestore: raw.LiveRestoreEnabled ?? false,
    systemTime: raw.SystemTime ?? '',
    warnings: raw.Warnings ?? [],
  };
}

function keyValue(label: string): readonly [string, string] {
  const at = label.indexOf('=');
  return at < 0 ? [label, ''] : [label.slice(0, at), label.slice(at + 1)];
}

/** Counts as `docker system df` does. */
export function toDiskUsage(raw: RawDiskUsage): DiskUsage {
  return {
    images: imageUsage(raw),
    containers: usage(raw.Containers ?? [], {
      size: ({ SizeRw }) => SizeRw ?? 0,
      active: ({ State }) => RUNNING.has(State),
    }),
    volumes: usage(raw.Volumes ?? [], {
      size: ({ UsageData }) => Math.max(0, UsageData?.Size ?? 0),
      active: ({ UsageData }) => (UsageData?.RefCount ?? 0) > 0,
    }),
    buildCache: usage(raw.BuildCache ?? [], {
      // What a layer of an image shares is counted there.
      size: ({ Size, Shared }) => (Shared ? 0 : Size),
      active: ({ InUse }) => InUse,
    }),
  };
}

const RUNNING: ReadonlySet<string> = new Set(['running', 'paused', 'restarting']);

function usage<T>(
  items: readonly T[],
  { size, active }: { readonly size: (item: T) => number; readonly active: (item: T) => boolean },
): DiskUsageOf {
  const sum = (some: readonly T[]) => some.reduce((total, item) => total + size(item), 0);
  return {
    count: items.length,
    active: items.filter(active).length,
    sizeBytes: sum(items),
    reclaimableBytes: sum(items.filter((item) => !active(item))),
  };
}

/** Layers that images share count once. */
function imageUsage({ Images, LayersSize = 0 }: RawDiskUsage): DiskUsageOf {
  const images = Images ?? [];
  const used = images
    .filter(({ Containers, Size, SharedSize }) => Containers > 0 && Size >= 0 && SharedSize >= 0)
    .reduce((total, { Size, SharedSize }) => total + Size - SharedSize, 0);
  return {
    count: images.length,
    active: images.filter(({ Containers }) => Containers > 0).length,
    sizeBytes: LayersSize,
    reclaimableBytes: Math.max(0, LayersSize - used),
  };
}
