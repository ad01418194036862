/** Something that happened on an Engine. */
export interface EngineEvent {
  /** ISO 8601 UTC with nanoseconds. */
  readonly time: string;
  /** Nanoseconds since 1970, as text because a number would round it. */
  readonly timeNano: string;
  /** Such as `container`, `image`, `network`, `volume`, `daemon`. */
  readonly type: string;
  /** Such as `start`, `die`, `health_status: healthy`. */
  readonly action: string;
  readonly actor: { readonly id: string; readonly attributes: Readonly<Record<string, string>> };
  readonly scope: string;
}
