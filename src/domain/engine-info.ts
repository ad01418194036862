/** Versions of one Engine. */
export interface EngineVersion {
  readonly version: string;
  /** The newest API that it speaks. */
  readonly apiVersion: string;
  readonly minApiVersion: string;
  readonly os: string;
  readonly arch: string;
  readonly kernelVersion: string;
  readonly goVersion: string;
  readonly gitCommit: string;
  readonly buildTime: string | null;
  readonly components: readonly { readonly name: string; readonly version: string }[];
}

/** One Engine and the machine it runs on. */
export interface EngineInfo {
  readonly id: string;
  readonly name: string;
  readonly serverVersion: string;
  readonly operatingSystem: string;
  readonly osType: string;
  readonly architecture: string;
  readonly kernelVersion: string;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly containers: {
    readonly total: number;
    readonly running: number;
    readonly paused: number;
    readonly stopped: number;
  };
  readonly images: number;
  readonly storageDriver: string;
  readonly loggingDriver: string;
  readonly cgroupDriver: string;
  readonly cgroupVersion: string;
  readonly rootDir: string;
  readonly swarm: string;
  readonly runtimes: readonly string[];
  readonly defaultRuntime: string;
  readonly securityOptions: readonly string[];
  readonly insecureRegistries: readonly string[];
  readonly registryMirrors: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly liveRestore: boolean;
  readonly systemTime: string;
  readonly warnings: readonly string[];
}

/** How much there is of one kind, and how much of it nothing uses. Bytes. */
export interface DiskUsageOf {
  readonly count: number;
  /** How many are in use. */
  readonly active: number;
  readonly sizeBytes: number;
  readonly reclaimableBytes: number;
}

export interface DiskUsage {
  readonly images: DiskUsageOf;
  readonly containers: DiskUsageOf;
  readonly volumes: DiskUsageOf;
  readonly buildCache: DiskUsageOf;
}
