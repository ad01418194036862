export const CONTAINER_STATES = [
  'created',
  'running',
  'paused',
  'restarting',
  'removing',
  'exited',
  'dead',
] as const;
export type ContainerState = (typeof CONTAINER_STATES)[number];

/** `none` where no health check is configured. */
export const CONTAINER_HEALTHS = ['none', 'starting', 'healthy', 'unhealthy'] as const;
export type ContainerHealth = (typeof CONTAINER_HEALTHS)[number];

export interface ContainerPort {
  /** Address of the host that it is published on; `null` when it is only exposed. */
  readonly ip: string | null;
  readonly privatePort: number;
  readonly publicPort: number | null;
  readonly protocol: 'tcp' | 'udp' | 'sctp';
}

export interface ContainerMount {
  readonly type: string;
  /** Of a volume. */
  readonly name?: string;
  /** On the host; empty for a tmpfs. */
  readonly source: string;
  /** In the container. */
  readonly destination: string;
  readonly mode: string;
  readonly readOnly: boolean;
}

export interface ContainerNetwork {
  readonly name: string;
  /** Empty until the container has been connected for the first time. */
  readonly id: string;
  /** Empty while the container does not run. */
  readonly ipAddress: string;
  readonly aliases?: readonly string[];
}

/** A container as lists show it. Holds nothing that is relative to the time of asking. */
export interface ContainerSummary {
  readonly id: string;
  /** Without the Engine's leading slash. */
  readonly name: string;
  /** All names, those given by links of other containers too (`other/alias`). */
  readonly names: readonly string[];
  /** As it was asked for at creation; the image's id once the name means another image. */
  readonly image: string;
  readonly imageId: string;
  readonly command: string;
  /** ISO 8601 UTC, as all times. */
  readonly createdAt: string;
  readonly state: ContainerState;
  readonly health: ContainerHealth;
  /** Of the last run; `null` while it runs or when it never ran. */
  readonly exitCode: number | null;
  readonly startedAt: string | null;
  /** When the last run ended; `null` when none has. */
  readonly finishedAt: string | null;
  readonly ports: readonly ContainerPort[];
  readonly labels: Readonly<Record<string, string>>;
  readonly mounts: readonly ContainerMount[];
  readonly networks: readonly ContainerNetwork[];
  /** The Compose project that it belongs to. */
  readonly stack: string | null;
  /** The Compose service that it belongs to. */
  readonly service: string | null;
  /** How often its restart policy started it again. */
  readonly restartCount: number | null;
  /** Bytes; only where sizes were asked for, since the Engine has to add them up. */
  readonly sizes: { readonly rw: number; readonly rootFs: number } | null;
}

export const RESTART_POLICIES = ['no', 'always', 'unless-stopped', 'on-failure'] as const;

export interface RestartPolicy {
  readonly name: (typeof RESTART_POLICIES)[number];
  /** With `on-failure`; 0 means without end. */
  readonly maximumRetryCount?: number;
}

export interface HealthProbe {
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly exitCode: number;
  readonly output: string;
}

/** All that the Engine knows of one container, in this API's words. */
export interface ContainerDetails extends ContainerSummary {
  /** On the host; `null` while it does not run. */
  readonly pid: number | null;
  /** Why it could not be started, in the Engine's words. */
  readonly error: string | null;
  readonly oomKilled: boolean;
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly workingDir: string;
  /** As configured: name, uid or `user:group`; empty for the image's root. */
  readonly user: string;
  readonly hostname: string;
  readonly tty: boolean;
  readonly openStdin: boolean;
  readonly stopSignal: string | null;
  readonly stopTimeoutSeconds: number | null;
  readonly restartPolicy: RestartPolicy;
  readonly autoRemove: boolean;
  readonly privileged: boolean;
  readonly readOnlyRootfs: boolean;
  readonly init: boolean;
  readonly capAdd: readonly string[];
  readonly capDrop: readonly string[];
  readonly networkMode: string;
  readonly logDriver: string;
  readonly platform: string;
  readonly resources: ContainerResources;
  /** Newest last; empty without a health check. */
  readonly healthLog: readonly HealthProbe[];
}

/** Limits; a member that is missing sets none. */
export interface ContainerResources {
  readonly memoryBytes?: number;
  readonly memoryReservationBytes?: number;
  /** Memory and swap together; -1 for swap without limit. */
  readonly memorySwapBytes?: number;
  /** Cores, such as 0.5. */
  readonly cpus?: number;
  /** Relative weight; 1024 is the usual. */
  readonly cpuShares?: number;
  /** Such as `0-2,4`. */
  readonly cpusetCpus?: string;
  /** -1 for no limit. */
  readonly pidsLimit?: number;
}

/** A table as `ps` prints it. */
export interface ContainerProcesses {
  readonly titles: readonly string[];
  readonly processes: readonly (readonly string[])[];
}

export interface FileChange {
  readonly path: string;
  readonly kind: 'modified' | 'added' | 'deleted';
}

/** What a path inside a container is. */
export interface PathStat {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly type: 'file' | 'directory' | 'symlink' | 'other';
  /** The permission bits, set-uid and sticky bits among them. */
  readonly mode: number;
  readonly modifiedAt: string;
  /** Where a symbolic link leads, seen from inside the container; `null` for all else. */
  readonly linkTarget: string | null;
}
