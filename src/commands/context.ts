import type { Readable, Writable } from 'node:stream';

/** What a command gets from the process, so that a test can be the process. */
export interface CommandContext {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
}
