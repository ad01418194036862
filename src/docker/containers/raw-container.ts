/** The Engine's JSON, as far as it is used. Fields that an Engine leaves out or sets to `null` are marked so. */

export interface RawPort {
  readonly IP?: string;
  readonly PrivatePort: number;
  readonly PublicPort?: number;
  readonly Type: string;
}

export interface RawEndpoint {
  readonly NetworkID?: string;
  readonly IPAddress?: string;
  readonly Aliases?: readonly string[] | null;
}

export interface RawMount {
  readonly Type?: string;
  readonly Name?: string;
  readonly Source?: string;
  readonly Destination: string;
  readonly Mode?: string;
  readonly RW?: boolean;
}

/** A container in `GET /containers/json`. */
export interface RawListed {
  readonly Id: string;
  readonly Names?: readonly string[] | null;
  readonly Image: string;
  readonly ImageID: string;
  readonly Command: string;
  /** Unix seconds. */
  readonly Created: number;
  readonly State: string;
  /** Prose that changes with the time, such as `Up 5 minutes (healthy)`. */
  readonly Status: string;
  readonly Ports?: readonly RawPort[] | null;
  readonly Labels?: Readonly<Record<string, string>> | null;
  readonly Mounts?: readonly RawMount[] | null;
  readonly NetworkSettings?: RawNetworks | null;
  readonly SizeRw?: number;
  readonly SizeRootFs?: number;
}

export interface RawNetworks {
  readonly Networks?: Readonly<Record<string, RawEndpoint | null>> | null;
}

export interface RawState {
  readonly Status: string;
  readonly Running: boolean;
  readonly Paused: boolean;
  readonly Pid: number;
  readonly ExitCode: number;
  readonly Error?: string;
  readonly OOMKilled?: boolean;
  readonly StartedAt: string;
  readonly FinishedAt: string;
  readonly Health?: {
    readonly Status: string;
    readonly Log?:
      | readonly {
          readonly Start: string;
          readonly End: string;
          readonly ExitCode: number;
          readonly Output: string;
        }[]
      | null;
  } | null;
}

/** `GET /containers/{id}/json`. */
export interface RawInspected {
  readonly Id: string;
  readonly Created: string;
  readonly Name: string;
  readonly Image: string;
  readonly State: RawState;
  readonly RestartCount?: number;
  readonly Platform?: string;
  readonly Mounts?: readonly RawMount[] | null;
  readonly SizeRw?: number;
  readonly SizeRootFs?: number;
  readonly NetworkSettings?: RawNetworks | null;
  readonly Config: {
    readonly Hostname?: string;
    readonly User?: string;
    readonly Tty?: boolean;
    readonly OpenStdin?: boolean;
    readonly Env?: readonly string[] | null;
    readonly Cmd?: readonly string[] | null;
    readonly Entrypoint?: readonly string[] | null;
    readonly Image?: string;
    readonly WorkingDir?: string;
    readonly Labels?: Readonly<Record<string, string>> | null;
    readonly StopSignal?: string;
    readonly StopTimeout?: number | null;
  };
  readonly HostConfig?: {
    readonly AutoRemove?: boolean;
    readonly CapAdd?: readonly string[] | null;
    readonly CapDrop?: readonly string[] | null;
    readonly CpuPeriod?: number;
    readonly CpuQuota?: number;
    readonly CpuShares?: number;
    readonly CpusetCpus?: string;
    readonly Init?: boolean | null;
    readonly LogConfig?: { readonly Type?: string };
    readonly Memory?: number;
    readonly MemoryReservation?: number;
    readonly MemorySwap?: number;
    readonly NanoCpus?: number;
    readonly NetworkMode?: string;
    readonly PidsLimit?: number | null;
    readonly Privileged?: boolean;
    readonly ReadonlyRootfs?: boolean;
    readonly RestartPolicy?: { readonly Name?: string; readonly MaximumRetryCount?: number };
  };
}
