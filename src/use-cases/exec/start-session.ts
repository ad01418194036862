import { FairleadError } from '../../domain/errors.ts';
import type { ExecInfo, TerminalSize } from '../../domain/exec.ts';
import type { ExecDeps } from './deps.ts';
import { engineLoss } from './engine-loss.ts';
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
  /** Why this side has ended it. */
  let verdict: FairleadError | null = null;
  const session = createSession({
    ...options,
    stream,
    takesInput: info.attachStdin,
    detachKeys: tty ? info.mark?.detachKeys : undefined,
    resize: tty ? resize : null,
    size: sizedAtStart ? size : undefined,
    outcome: async () => {
      if (verdict !== null) throw verdict;
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
      verdict = new FairleadError('EXEC_TIMEOUT', `The command was ended after ${timeoutSeconds} s.`);
      void endSession(deps, { host, info, session });
    }, timeoutSeconds * 1000);
    void session.ended.then(() => clearTimeout(timer));
  }
  const over = new AbortController();
  void engineLoss(deps.health(host), over.signal).then((loss) => {
    if (loss === null) return;
    verdict ??= loss;
    session.close();
  });
  void session.ended.then((end) => {
    over.abort();
    // Nobody can be attached to it any more, and where containers outlive their Engine it may still be there.
    if (end.kind === 'failed' && end.error.kind === 'engine-unavailable') void endProcess(deps, host, info);
  });
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
  deps: Pick<ExecDeps, 'processes'>,
  { host, info, session }: EndSessionInput,
): Promise<void> {
  await endProcess(deps, host, info);
  session.close();
  await session.ended;
}

async function endProcess(
  { processes }: Pick<ExecDeps, 'processes'>,
  host: string,
  { id: execId, containerId, mark, user, privileged }: ExecInfo,
): Promise<void> {
  if (mark === null) return;
  await processes.end({ host, execId, containerId, token: mark.token, user, privileged });
}
