/** Size of a terminal in characters. */
export interface TerminalSize {
  readonly rows: number;
  readonly cols: number;
}

/** What a process inside a container is to be. */
export interface ExecSpec {
  /** The program and its arguments; no shell reads them. */
  readonly cmd: readonly string[];
  /** Whether input can be sent to it. */
  readonly attachStdin: boolean;
  readonly attachStdout: boolean;
  readonly attachStderr: boolean;
  /** Whether it gets a terminal; its output is then one stream. */
  readonly tty: boolean;
  readonly env: Readonly<Record<string, string>>;
  /** The container's own where it is missing. */
  readonly workingDir?: string;
  /** Name, uid or `user:group`; the container's own where it is missing. */
  readonly user?: string;
  readonly privileged: boolean;
  /** Such as `ctrl-p,ctrl-q`, see `parseDetachKeys`; where it is missing, no input detaches. */
  readonly detachKeys?: string;
  /** Of its terminal, from the start where the Engine can. */
  readonly size?: TerminalSize;
}

/** What the Engine knows of a process that was made to run, runs, or ran inside a container. */
export interface ExecInfo {
  readonly id: string;
  readonly containerId: string;
  readonly running: boolean;
  /** `null` until it has ended. */
  readonly exitCode: number | null;
  /** On the host; `null` while it does not run. */
  readonly pid: number | null;
  readonly command: readonly string[];
  readonly tty: boolean;
  /** As asked for; empty for the container's own. */
  readonly user: string;
  readonly privileged: boolean;
  readonly attachStdin: boolean;
  readonly attachStdout: boolean;
  readonly attachStderr: boolean;
  /** `null` for one that was not made by this server or its like: what it runs cannot be ended. */
  readonly mark: ExecMark | null;
}

/** What this server puts into an exec instance, and finds there again. */
export interface ExecMark {
  /** UUID that the process and all that descends from it carry in their environment. */
  readonly token: string;
  /** Keys that detach from its terminal; empty for none. */
  readonly detachKeys: Uint8Array;
}

/** Which output of a process bytes came from: 1 stdout, 2 stderr. A terminal has 1 only. */
export type OutputChannel = 1 | 2;
