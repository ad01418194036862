import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { FairleadError, isFairleadError } from '../../domain/errors.ts';
import type { ExecClient, MarkedProcess, ProcessEnder } from '../../use-cases/ports/exec.ts';
import type { EngineLink } from '../connection/link.ts';
import { runShort } from './exec-run.ts';
import { type HelperOutcome, runReaperHelper } from './reaper-helper.ts';
import { REAPER_SCRIPT } from './reaper-script.ts';

/** The script takes two seconds and a half with processes that ignore a hang-up; the rest is for a busy host. */
const DEADLINE_MS = 20_000;
/** What the Engine knows of a process. It forgets them when their container stops and when it is restarted itself. */
type State = 'unstarted' | 'starting' | 'running' | 'ended' | 'forgotten';

/** What the script prints when nothing is left. */
const NONE = 'none';
/**
 * The first may come before a process bears its mark. What is there after the second runs as another user than it began as, and
 * only somebody outside may look at it.
 */
const ATTEMPTS_INSIDE = 2;
const LOOK_EVERY_MS = 20;
/** The Engine hears of an end a moment later. */
const SETTLE_MS = 300;

/**
 * Ends processes: the Engine itself can neither signal nor end an exec instance, and leaves it running when the one who was
 * attached goes away.
 */
export function createReaper(link: EngineLink, exec: ExecClient): ProcessEnder {
  /** `null` when the script cannot be run: there is no shell, or the container may have no more processes. */
  async function inContainer(process: MarkedProcess, signal: AbortSignal): Promise<string | null> {
    const { containerId, token, user, privileged } = process;
    const cmd = ['sh', '-c', REAPER_SCRIPT, 'fairlead-reaper', token];
    try {
      const run = await runShort(exec, containerId, { cmd, user, privileged, token: randomUUID() }, signal);
      return run.exitCode === 0 ? run.output.trim() : null;
    } catch (error) {
      // Some Engines tell so at once.
      if (isFairleadError(error, 'ENGINE_REJECTED')) return null;
      throw error;
    }
  }

  async function fromOutside(process: MarkedProcess, signal: AbortSignal): Promise<string> {
    const outcome: HelperOutcome = await runReaperHelper(link, process, signal);
    if (outcome.kind === 'ran') return outcome.output.trim();
    throw new FairleadError(
      'ENGINE_NOT_SUPPORTED',
      'From inside the container its processes cannot be ended, and the host has no busybox or alpine image to do it with.',
    );
  }

  /** Waits as long as the process is `state`, `limitMs` at most. Answers what it is then. */
  async function whileIt(
    state: State,
    { execId }: MarkedProcess,
    limitMs: number,
    signal: AbortSignal,
  ): Promise<State> {
    const until = performance.now() + limitMs;
    for (;;) {
      const now = await stateOf(exec, execId, signal);
      if (now !== state || performance.now() >= until) return now;
      await delay(LOOK_EVERY_MS, undefined, { signal });
    }
  }

  /** One that is just being started has no mark yet, and would come up after everything was looked at. */
  async function untilEnded(process: MarkedProcess, signal: AbortSignal): Promise<void> {
    let state = await whileIt('starting', process, DEADLINE_MS, signal);
    for (let attempt = 1; state !== 'unstarted'; attempt += 1) {
      const inside = attempt <= ATTEMPTS_INSIDE ? await inContainer(process, signal) : null;
      const left = inside ?? (await fromOutside(process, signal));
      state = await whileIt('running', process, SETTLE_MS, signal);
      if (left === NONE && state !== 'running') return;
      if (left !== NONE && inside === null) throw notEnded(process, left);
    }
  }

  return {
    async end(process, signal) {
      const deadline = AbortSignal.timeout(DEADLINE_MS);
      const either = signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
      try {
        await untilEnded(process, either);
      } catch (error) {
        // No container, no processes.
        if (isFairleadError(error, 'CONTAINER_NOT_FOUND') || isFairleadError(error, 'CONTAINER_NOT_RUNNING'))
          return;
        if (deadline.aborted && !signal?.aborted) {
          throw new FairleadError('ENGINE_TIMEOUT', `Ending a process took longer than ${DEADLINE_MS} ms.`, {
            cause: error,
          });
        }
        throw error;
      }
    },
  };
}

async function stateOf(exec: ExecClient, execId: string, signal: AbortSignal): Promise<State> {
  try {
    const { running, pid, exitCode } = await exec.inspect(execId, signal);
    if (running) return pid === null ? 'starting' : 'running';
    return exitCode === null ? 'unstarted' : 'ended';
  } catch (error) {
    if (isFairleadError(error, 'EXEC_NOT_FOUND')) return 'forgotten';
    throw error;
  }
}

function notEnded({ containerId }: MarkedProcess, output: string): FairleadError {
  return new FairleadError(
    'ENGINE_ERROR',
    `Processes of the container ${containerId.slice(0, 12)} could not be ended: ${output.slice(0, 200)}`,
  );
}
