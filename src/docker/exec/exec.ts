import type Docker from 'dockerode';
import type { ExecInfo, TerminalSize } from '../../domain/exec.ts';
import type { ExecClient, ExecRequest } from '../../use-cases/ports/exec.ts';
import type { Subject } from '../connection/errors.ts';
import type { EngineLink } from '../connection/link.ts';
import { reference } from '../connection/reference.ts';
import { older } from '../connection/version.ts';
import { engineDetachKeys, readMark } from './exec-mark.ts';
import { execStream } from './exec-stream.ts';

/** The variable by which a process and all that descends from it are found again. */
export const MARK = 'FAIRLEAD_EXEC';

/** From this API on a terminal has its size from the first moment. */
const SIZE_AT_START = '1.42';
const START_DEADLINE_MS = 30_000;
/** It is asked at the end of every stream, to tell the end of a process from that of the Engine. */
const INSPECT_DEADLINE_MS = 5_000;
/** The Engine itself waits ten seconds for a process that does not come up. */
const RESIZE_DEADLINE_MS = 15_000;

interface InspectBody {
  readonly ID: string;
  readonly ContainerID: string;
  readonly Running: boolean;
  readonly ExitCode: number | null;
  readonly Pid: number;
  readonly OpenStdin: boolean;
  readonly OpenStdout: boolean;
  readonly OpenStderr: boolean;
  /** Bytes, as base64. */
  readonly DetachKeys: string | null;
  readonly ProcessConfig: {
    readonly tty: boolean;
    readonly entrypoint: string;
    readonly arguments: readonly string[] | null;
    readonly privileged?: boolean;
    readonly user?: string;
  };
}

/** Processes inside containers. */
export function createExecClient({ call, transport, greeting }: EngineLink): ExecClient {
  const sizesAtStart = async () => !older((await greeting()).apiVersion, SIZE_AT_START);

  async function startBody(tty: boolean, detach: boolean, size?: TerminalSize): Promise<object> {
    const sized = tty && size !== undefined && (await sizesAtStart());
    return { Detach: detach, Tty: tty, ...(sized ? { ConsoleSize: [size.rows, size.cols] } : {}) };
  }

  return {
    async create(containerId, request, signal) {
      const id = reference(containerId);
      const sized = request.tty && request.size !== undefined && (await sizesAtStart());
      const subject: Subject = { type: 'container', ref: containerId };
      const made = await call(
        subject,
        (docker, abortSignal) => docker.getContainer(id).exec({ ...createBody(request, sized), abortSignal }),
        { signal },
      );
      return made.id;
    },

    async inspect(execId, signal) {
      const id = reference(execId);
      const body = await call(
        { type: 'exec', ref: execId },
        (docker, abortSignal) => docker.getExec(id).inspect({ abortSignal }),
        { signal, deadlineMs: INSPECT_DEADLINE_MS },
      );
      return toInfo(body as unknown as InspectBody);
    },

    async start(execId, { tty, size }, signal) {
      const { socket } = await transport.hijack({
        method: 'POST',
        path: `/exec/${reference(execId)}/start`,
        json: await startBody(tty, false, size),
        subject: { type: 'exec', ref: execId },
        signal,
        deadlineMs: START_DEADLINE_MS,
      });
      return execStream(socket, { tty, halfClose: !tty });
    },

    async startDetached(execId, tty, signal) {
      const { body } = await transport.open({
        method: 'POST',
        path: `/exec/${reference(execId)}/start`,
        json: await startBody(tty, true),
        subject: { type: 'exec', ref: execId },
        signal,
        deadlineMs: START_DEADLINE_MS,
      });
      body.resume();
    },

    async resize(execId, { rows, cols }, signal) {
      const id = reference(execId);
      await call(
        { type: 'exec', ref: execId },
        (docker, abortSignal) => docker.getExec(id).resize({ h: rows, w: cols, abortSignal }),
        { signal, deadlineMs: RESIZE_DEADLINE_MS },
      );
    },

    sizesAtStart,
  };
}

function createBody(request: ExecRequest, sized: boolean): Docker.ExecCreateOptions {
  const { size, workingDir, user } = request;
  return {
    Cmd: [...request.cmd],
    AttachStdin: request.attachStdin,
    AttachStdout: request.attachStdout,
    AttachStderr: request.attachStderr,
    Tty: request.tty,
    Privileged: request.privileged,
    Env: [
      ...Object.entries(request.env).map(([name, value]) => `${name}=${value}`),
      `${MARK}=${request.token}`,
    ],
    DetachKeys: engineDetachKeys(request.token, request.detachKeys),
    ...(workingDir === undefined ? {} : { WorkingDir: workingDir }),
    ...(user === undefined ? {} : { User: user }),
    ...(sized && size !== undefined ? { ConsoleSize: [size.rows, size.cols] } : {}),
  };
}

function toInfo(body: InspectBody): ExecInfo {
  const { ProcessConfig: process } = body;
  return {
    id: body.ID,
    containerId: body.ContainerID,
    running: body.Running,
    exitCode: body.Running ? null : body.ExitCode,
    pid: body.Running && body.Pid > 0 ? body.Pid : null,
    command: [process.entrypoint, ...(process.arguments ?? [])],
    tty: process.tty,
    user: process.user ?? '',
    privileged: process.privileged ?? false,
    attachStdin: body.OpenStdin,
    attachStdout: body.OpenStdout,
    attachStderr: body.OpenStderr,
    mark: readMark(body.DetachKeys ?? ''),
  };
}
