export interface SoakOptions {
  /** Tens of seconds in all instead of the better part of an hour. */
  readonly short: boolean;
}

/** Something that must stay true for a long time, or over many rounds. */
export interface Soak {
  /** As `npm run soak -- <name>` takes it. */
  readonly name: string;
  /**
   * @returns what was done and seen, in one line.
   * @throws Error with what is not as it must be.
   */
  readonly run: (options: SoakOptions) => Promise<string>;
}

/** @throws Error with `message` if `holds` is false. */
export function must(holds: boolean, message: string): void {
  if (!holds) throw new Error(message);
}
