import type { ContainerResources, RestartPolicy } from './container.ts';

export interface PortSpec {
  readonly containerPort: number;
  /** Default `tcp`. */
  readonly protocol?: 'tcp' | 'udp' | 'sctp';
  /** Default: all addresses of the host. */
  readonly hostIp?: string;
  /** A port or a range such as `8000-8010`; the Engine picks a free one where it is missing. */
  readonly hostPort?: number | string;
}

export interface MountSpec {
  readonly type: 'volume' | 'bind' | 'tmpfs';
  /** A volume's name or a path on the host; a volume without one is anonymous. */
  readonly source?: string;
  readonly target: string;
  readonly readOnly?: boolean;
  /** Of a volume: makes it if there is none of this name. Without it that is an error, so that no typo makes one. */
  readonly create?: boolean;
  /** Of a bind mount. */
  readonly propagation?: 'private' | 'rprivate' | 'shared' | 'rshared' | 'slave' | 'rslave';
  /** Of a volume: leaves it empty instead of copying what the image has there. */
  readonly noCopy?: boolean;
  readonly tmpfsSizeBytes?: number;
  readonly tmpfsMode?: number;
}

export interface NetworkAttachment {
  /** Name or id. */
  readonly network: string;
  readonly aliases?: readonly string[];
  readonly ipv4Address?: string;
  readonly ipv6Address?: string;
  readonly links?: readonly string[];
}

export interface HealthcheckSpec {
  /** As the Engine's: `["CMD", "curl", ...]`, `["CMD-SHELL", "curl ..."]`, `["NONE"]`. */
  readonly test: readonly string[];
  readonly intervalSeconds?: number;
  readonly timeoutSeconds?: number;
  readonly startPeriodSeconds?: number;
  readonly retries?: number;
}

export interface DeviceSpec {
  readonly hostPath: string;
  /** Default: as on the host. */
  readonly containerPath?: string;
  /** Any of `r`, `w`, `m`. Default `rwm`. */
  readonly permissions?: string;
}

export interface UlimitSpec {
  readonly name: string;
  readonly soft: number;
  readonly hard: number;
}

/** What a container is to be made of. A member that is missing leaves the choice to the image or the Engine. */
export interface ContainerSpec {
  readonly name?: string;
  readonly image: string;
  /** Such as `linux/arm64`. */
  readonly platform?: string;
  readonly cmd?: readonly string[];
  readonly entrypoint?: readonly string[];
  /** `null` unsets what the image sets. */
  readonly env?: Readonly<Record<string, string | null>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly hostname?: string;
  readonly domainname?: string;
  readonly user?: string;
  readonly workingDir?: string;
  readonly tty?: boolean;
  readonly openStdin?: boolean;
  readonly stdinOnce?: boolean;
  readonly stopSignal?: string;
  readonly stopTimeoutSeconds?: number;
  readonly ports?: readonly PortSpec[];
  /** Ports to expose without publishing them, such as `53/udp`. */
  readonly expose?: readonly string[];
  readonly publishAllPorts?: boolean;
  readonly mounts?: readonly MountSpec[];
  readonly networks?: readonly NetworkAttachment[];
  /** `bridge`, `host`, `none`, `container:<id>`; not together with `networks`. */
  readonly networkMode?: string;
  readonly restartPolicy?: RestartPolicy;
  readonly resources?: ContainerResources;
  readonly ulimits?: readonly UlimitSpec[];
  readonly healthcheck?: HealthcheckSpec;
  readonly privileged?: boolean;
  readonly capAdd?: readonly string[];
  readonly capDrop?: readonly string[];
  readonly devices?: readonly DeviceSpec[];
  readonly securityOpt?: readonly string[];
  readonly groupAdd?: readonly string[];
  readonly sysctls?: Readonly<Record<string, string>>;
  readonly readOnlyRootfs?: boolean;
  readonly init?: boolean;
  readonly autoRemove?: boolean;
  readonly shmSizeBytes?: number;
  readonly pidMode?: string;
  readonly ipcMode?: string;
  readonly utsMode?: string;
  readonly usernsMode?: string;
  readonly cgroupParent?: string;
  readonly extraHosts?: readonly string[];
  readonly dns?: readonly string[];
  readonly dnsSearch?: readonly string[];
  readonly logging?: { readonly driver: string; readonly options?: Readonly<Record<string, string>> };
  /** In the Engine's own words, laid over all of the above: objects are merged, anything else replaces. */
  readonly engine?: Readonly<Record<string, unknown>>;
}

/** What can change while a container exists; a member that is missing stays as it is. */
export interface ContainerChange {
  readonly resources?: ContainerResources;
  readonly restartPolicy?: RestartPolicy;
}
