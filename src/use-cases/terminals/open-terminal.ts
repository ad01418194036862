import { randomUUID } from 'node:crypto';
import type { Actor } from '../../domain/access.ts';
import { FairleadError } from '../../domain/errors.ts';
import type { TerminalSize } from '../../domain/exec.ts';
import { assertExecAllowed } from '../../domain/exec-policy.ts';
import { type ReachedContainer, reachContainer } from '../containers/reach-container.ts';
import type { Seat, Viewer } from '../exec/session.ts';
import { endSession, startSession } from '../exec/start-session.ts';
import type { TerminalDeps } from './deps.ts';
import { createRecorder, type Recorder } from './recorder.ts';
import { createReplayBuffer } from './replay-buffer.ts';
import type { OpenTerminal, TerminalIdentity } from './terminals.ts';

export interface OpenTerminalInput {
  readonly host: string;
  readonly container: string;
  /** UUID, where the caller wants to know it beforehand. */
  readonly terminalId?: string | undefined;
  /** The program and its arguments; a shell that the container has, where it is missing. */
  readonly cmd?: readonly string[] | undefined;
  readonly tty: boolean;
  readonly env: Readonly<Record<string, string>>;
  readonly user?: string | undefined;
  readonly workingDir?: string | undefined;
  readonly privileged: boolean;
  readonly size?: TerminalSize | undefined;
  readonly resumable: boolean;
  readonly recording: boolean;
}

const REPLAY_BYTES = 1024 * 1024;
const MAX_RECORDING_BYTES = 64 * 1024 * 1024;
/** What a recording says of a terminal that nobody gave a size. */
const USUAL_SIZE: TerminalSize = { rows: 24, cols: 80 };

/**
 * Runs a program in a container, in a terminal that viewers come to and leave, and seats the first of them.
 *
 * @throws FairleadError NO_SHELL, POLICY_VIOLATION, TERMINAL_LIMIT_REACHED, CONFLICT for an id that is taken,
 * CONTAINER_NOT_RUNNING, CONTAINER_PAUSED, and as `reachContainer`
 */
export function openTerminal(deps: TerminalDeps) {
  const reach = reachContainer(deps);

  return async (
    actor: Actor,
    input: OpenTerminalInput,
    viewer: Viewer,
    signal?: AbortSignal,
  ): Promise<Seat> => {
    assertExecAllowed(actor, input);
    const id = input.terminalId ?? randomUUID();
    // Before anything is awaited: whoever has chosen the id may ask for it from now on.
    const place = deps.terminals.reserve(id);
    try {
      const container = await reach(actor, input.host, input.container, signal);
      if (!container.running) {
        throw new FairleadError('CONTAINER_NOT_RUNNING', `The container ${container.name} is not running.`);
      }
      return place.fill(await start(deps, actor, id, input, container, signal)).join(viewer);
    } catch (error) {
      place.fail(error);
      throw error;
    }
  };
}

async function start(
  deps: TerminalDeps,
  actor: Actor,
  id: string,
  input: OpenTerminalInput,
  container: ReachedContainer,
  signal: AbortSignal | undefined,
): Promise<OpenTerminal> {
  const { host, size, tty } = input;
  const command = input.cmd ?? [await deps.shells.find(deps.shellPlaces(host), container.id, signal)];
  const execId = await create(deps, input, container.id, command, signal);
  const info = await deps.exec(host).inspect(execId, signal);
  const identity: TerminalIdentity = {
    id,
    host,
    containerId: container.id,
    name: container.name,
    execId,
    command,
    tty,
    user: input.user ?? '',
    privileged: input.privileged,
    createdAt: deps.clock.now().toISOString(),
    createdBy: actor.name,
    resumable: input.resumable,
    recording: input.recording,
    labels: container.labels,
  };
  const recorder = input.recording ? await record(deps, identity, size ?? USUAL_SIZE) : null;
  const replay = createReplayBuffer(REPLAY_BYTES);
  try {
    const session = await startSession(deps, {
      host,
      info,
      size,
      taps: [
        { output: replay.add, waiting: 0, onDrained: () => undefined },
        ...(recorder === null ? [] : [recorder]),
      ],
      replay: replay.pieces,
      onEmpty: () => deps.terminals.abandoned(id),
      ...(recorder === null ? {} : { onResized: recorder.resized }),
    });
    return {
      identity,
      session,
      end: () => endSession(deps, { host, info, session }),
      async settle() {
        replay.trim();
        await recorder?.close();
      },
    };
  } catch (error) {
    await recorder?.close();
    if (recorder !== null) await deps.recordings.remove(id);
    throw error;
  }
}

async function create(
  deps: TerminalDeps,
  input: OpenTerminalInput,
  containerId: string,
  cmd: readonly string[],
  signal: AbortSignal | undefined,
): Promise<string> {
  const { host, tty, env, user, workingDir, privileged, size } = input;
  return await deps.exec(host).create(
    containerId,
    {
      cmd,
      attachStdin: true,
      attachStdout: true,
      attachStderr: true,
      tty,
      env,
      privileged,
      token: randomUUID(),
      ...(user === undefined ? {} : { user }),
      ...(workingDir === undefined ? {} : { workingDir }),
      ...(size === undefined ? {} : { size }),
    },
    signal,
  );
}

async function record(deps: TerminalDeps, identity: TerminalIdentity, size: TerminalSize): Promise<Recorder> {
  const writer = await deps.recordings.create(identity.id);
  return createRecorder(
    { writer, clock: deps.clock, log: deps.log, maxBytes: MAX_RECORDING_BYTES },
    { size, startedAt: deps.clock.now(), command: identity.command, title: identity.name },
  );
}
