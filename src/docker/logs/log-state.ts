import type { CallOptions } from '../connection/guard.ts';
import type { EngineLink } from '../connection/link.ts';
import { reference } from '../connection/reference.ts';

/** What decides how a container's log is read. */
export interface LogState {
  /** A container with a terminal has plain bytes for a log. */
  readonly tty: boolean;
  /** Whether the log can be followed: it has a process. */
  readonly running: boolean;
  /** Whether its restart policy is about to start it. */
  readonly restarting: boolean;
}

/** @throws FairleadError CONTAINER_NOT_FOUND, ENGINE_UNREACHABLE */
export async function logState(
  link: EngineLink,
  containerId: string,
  options: CallOptions,
): Promise<LogState> {
  const id = reference(containerId);
  const { Config, State } = await link.call(
    { type: 'container', ref: id },
    (docker, abortSignal) => docker.getContainer(id).inspect({ abortSignal }),
    options,
  );
  return {
    tty: Config.Tty,
    running: State.Running && !State.Restarting,
    restarting: State.Restarting,
  };
}
