/** `lost`: the Engine or the container went away before the exit code could be read. */
export const TERMINAL_STATUSES = ['running', 'exited', 'lost'] as const;
export type TerminalStatus = (typeof TERMINAL_STATUSES)[number];

/** A process with viewers that come and go. */
export interface TerminalInfo {
  /** UUID. */
  readonly id: string;
  readonly host: string;
  readonly containerId: string;
  /** The container's. */
  readonly name: string;
  readonly execId: string;
  readonly command: readonly string[];
  readonly tty: boolean;
  /** As asked for; empty for the container's own. */
  readonly user: string;
  readonly privileged: boolean;
  readonly status: TerminalStatus;
  readonly exitCode: number | null;
  /** ISO 8601 UTC. */
  readonly createdAt: string;
  /** Name of the token. */
  readonly createdBy: string;
  readonly endedAt: string | null;
  readonly viewers: number;
  /** As asked for last; `null` without a terminal, and before anybody asked. */
  readonly rows: number | null;
  readonly cols: number | null;
  /** Whether it waits for a viewer to come back. */
  readonly resumable: boolean;
  readonly recording: boolean;
}
