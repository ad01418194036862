export interface VolumeFacts {
  readonly name: string;
  readonly driver: string;
  /** Of the driver; by these the `local` one mounts a folder of the host. */
  readonly options: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}

export interface NetworkFacts {
  readonly id: string;
  readonly name: string;
  readonly driver: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Looks up what a create call names besides containers. */
export interface NamedObjectReader {
  /** `null` when there is none of this name. */
  findVolume(name: string, signal?: AbortSignal): Promise<VolumeFacts | null>;
  /** By whole name or whole id; `null` when there is none. */
  findNetwork(ref: string, signal?: AbortSignal): Promise<NetworkFacts | null>;
}
