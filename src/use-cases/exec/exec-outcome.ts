import { setTimeout as delay } from 'node:timers/promises';
import { FairleadError, isFairleadError } from '../../domain/errors.ts';
import type { ContainerReader } from '../ports/containers.ts';
import type { ExecClient } from '../ports/exec.ts';
import type { SessionEnd } from './session.ts';

export interface ExecOutcomeOptions {
  readonly exec: Pick<ExecClient, 'inspect'>;
  readonly containers: Pick<ContainerReader, 'find'>;
  readonly execId: string;
  readonly containerId: string;
  /** Whether the end of the connection may mean that somebody typed detach keys. */
  readonly detachable: boolean;
  readonly signal?: AbortSignal;
}

/** A process that has closed its outputs may run on for as long as it likes. */
const MAX_PAUSE_MS = 1_000;
/** A process whose output has ended has, if it ends, mostly ended by then. */
const DETACHED_AFTER_MS = 500;

/**
 * How the process behind a connection that is over has ended. The end of a connection tells nothing: an Engine that is killed
 * closes it just as it does when the process exits.
 *
 * @throws FairleadError ENGINE_UNREACHABLE when the Engine was lost or restarted; CONTAINER_NOT_FOUND when the container was
 * removed
 */
export async function execOutcome(options: ExecOutcomeOptions): Promise<SessionEnd> {
  const { exec, execId, signal } = options;
  let pause = 5;
  let waited = 0;
  for (;;) {
    const info = await exec.inspect(execId, signal).catch((error: unknown) => explain(error, options));
    if (!info.running && info.exitCode !== null) return { kind: 'exited', exitCode: info.exitCode };
    if (options.detachable && info.running && waited >= DETACHED_AFTER_MS) return { kind: 'detached' };
    await delay(pause, undefined, signal === undefined ? {} : { signal });
    waited += pause;
    pause = Math.min(pause * 2, MAX_PAUSE_MS);
  }
}

/** Whoever was attached knows that the exec instance was there a moment ago. */
async function explain(
  error: unknown,
  { containers, containerId, signal }: ExecOutcomeOptions,
): Promise<never> {
  if (isFairleadError(error, 'ENGINE_TIMEOUT')) {
    throw new FairleadError('ENGINE_UNREACHABLE', error.message, { cause: error });
  }
  if (!isFairleadError(error, 'EXEC_NOT_FOUND')) throw error;
  await containers.find(containerId, signal);
  throw new FairleadError('ENGINE_UNREACHABLE', 'The Engine was restarted while the process ran.', {
    cause: error,
  });
}
