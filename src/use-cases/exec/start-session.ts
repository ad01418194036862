import { FairleadError } from '../../domain/errors.ts';
import type { ExecInfo, TerminalSize } from '../../domain/exec.ts';
import type { ExecDeps } from './deps.ts';
import { execOutcome } from './exec-outcome.ts';
import { createSession, type Session, type SessionOptions } from './session.ts';

export interface StartSessionInput extends Pick<SessionOptions, 'taps' | 'replay' | 'onEmpty'> {
  readonly host: string;
  readonly info: ExecInfo;
  readonly size?: TerminalSize | undefined;
  /** Called when its terminal has got another size. */
  readonly onResized?: (size: TerminalSize) => void;
  /** The process is ended after this time, and the session with EXEC_TIMEOUT. */
  readonly timeoutSeconds?: number | undefined;
}

/**
 * Starts an exec instance, attached, as a session that REST calls find too. Its terminal has the size asked for from the
 * start, or right after it where the Engine cannot.
 *
 * @throws FairleadError EXEC_NOT_RUNNING when it was started before, CONTAINER_NOT_RUNNING, CONTAINER_PAUSED, and the Engine's
 */
export function startSession(deps: ExecDeps, input: StartSessionInput): Promise<Session> {
  const session = start(deps, input);
  deps.processes.attached(input.info.id, session);
  return session;
}

async function start(deps: ExecDeps, input: StartSessionInput): Promise<Session> {
  const { host, info, size, onResized, timeoutSeconds, ...options } = input;
  const exec = deps.exec(host);
  const { id: execId, containerId, tty } = info;
  const sizedAtStart = await exec.sizesAtStart();
  const stream = await exec.start(execId, { tty, ...(size === undefined ? {} : { size }) });
  const resize = async (wanted: TerminalSize) => {
    await exec.resize(execId, wanted);
    onResized?.(wanted);
  };
  let late: FairleadError | null = null;
  const session = createSession({
    ...options,
    stream,
    takesInput: info.attachStdin,
    detachKeys: tty ? info.mark?.detachKeys : undefined,
    resize: tty ? resize : null,
    size: sizedAtStart ? size : undefined,
    outcome: async () => {
      if (late !== null) throw late;
      return await execOutcome({
        exec,
        containers: deps.containers(host),
        execId,
        containerId,
        detachable: info.mark === null,
      });
    },
  });
  if (timeoutSeconds !== undefined) {
    const timer = setTimeout(() => {
      late = new FairleadError('EXEC_TIMEOUT', `The command was ended after ${timeoutSeconds} s.`);
      void endSession(deps, { host, info, session });
    }, timeoutSeconds * 1000);
    void session.ended.then(() => clearTimeout(timer));
  }
  if (tty && size !== undefined && !sizedAtStart) {
    // The process may have ended already, which its session tells.
    session.resize(size).catch(() => undefined);
  }
  return session;
}

export interface EndSessionInput {
  readonly host: string;
  readonly info: ExecInfo;
  readonly session: Session;
}

/**
 * Ends the process behind a session, and the session with it. Resolves when the session has ended. A process without a mark is
 * only let go.
 */
export async function endSession(
  { processes }: Pick<ExecDeps, 'processes'>,
  { host, info, session }: EndSessionInput,
): Promise<void> {
  const { id: execId, containerId, mark, user, privileged } = info;
  if (mark !== null) {
    await processes.end({ host, execId, containerId, token: mark.token, user, privileged });
  }
  session.close();
  await session.ended;
}
