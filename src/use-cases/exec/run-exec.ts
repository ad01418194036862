import type { Actor } from '../../domain/access.ts';
import { FairleadError } from '../../domain/errors.ts';
import { attachExec } from './attach-exec.ts';
import type { ExecDeps } from './deps.ts';
import { createOutputCollector, type OutputCollector } from './output-collector.ts';
import type { SessionEnd, Viewer } from './session.ts';

export interface RunExecInput {
  readonly host: string;
  readonly execId: string;
  /** Sent to the process, followed by the end of input. */
  readonly input?: string | undefined;
  readonly timeoutSeconds?: number | undefined;
  /** Of each output; what comes after is dropped. */
  readonly maxOutputBytes: number;
}

/** What a process has written. */
export interface ExecOutput {
  readonly stdout: string;
  readonly stderr: string;
  /** Of both: `base64` when one of them is not UTF-8. */
  readonly encoding: 'utf-8' | 'base64';
  /** Whether there was more than `maxOutputBytes` of one. */
  readonly truncated: boolean;
}

export interface ExecResult extends ExecOutput {
  readonly exitCode: number;
}

/**
 * Starts an exec instance, waits for its end and answers what it wrote. When the caller gives up, the process is ended.
 *
 * @throws FairleadError EXEC_TIMEOUT with the output so far, EXEC_NOT_RUNNING, ENGINE_UNREACHABLE, and as `reachExec`
 */
export function runExec(deps: ExecDeps) {
  const attach = attachExec(deps);
  return async (actor: Actor, input: RunExecInput, signal?: AbortSignal): Promise<ExecResult> => {
    const stdout = createOutputCollector(input.maxOutputBytes);
    const stderr = createOutputCollector(input.maxOutputBytes);
    let finish: (end: SessionEnd) => void = () => undefined;
    const ended = new Promise<SessionEnd>((resolve) => (finish = resolve));
    const viewer: Viewer = {
      output: (channel, bytes) => (channel === 1 ? stdout : stderr).add(bytes),
      waiting: 0,
      ended: finish,
    };
    const seat = await attach(actor, input, viewer, signal);
    const giveUp = () => {
      seat.leave();
      const cause: unknown = signal?.reason;
      finish({ kind: 'failed', error: new FairleadError('INTERNAL', 'The caller went away.', { cause }) });
    };
    if (signal?.aborted) giveUp();
    signal?.addEventListener('abort', giveUp, { once: true });
    try {
      if (input.input !== undefined) seat.input(Buffer.from(input.input), () => undefined);
      seat.endInput();
      const end = await ended;
      signal?.throwIfAborted();
      return result(end, written(stdout, stderr));
    } finally {
      signal?.removeEventListener('abort', giveUp);
    }
  };
}

function result(end: SessionEnd, output: ExecOutput): ExecResult {
  switch (end.kind) {
    case 'exited':
      return { exitCode: end.exitCode, ...output };
    case 'detached':
      throw new FairleadError('CONFLICT', 'The detach keys were in the input; the process runs on.');
    case 'failed': {
      if (end.error.code !== 'EXEC_TIMEOUT') throw end.error;
      throw new FairleadError('EXEC_TIMEOUT', end.error.message, { extra: { ...output } });
    }
  }
}

function written(stdout: OutputCollector, stderr: OutputCollector): ExecOutput {
  const truncated = stdout.truncated || stderr.truncated;
  const out = stdout.text();
  const err = stderr.text();
  if (out !== null && err !== null) {
    return { stdout: out.toString(), stderr: err.toString(), encoding: 'utf-8', truncated };
  }
  return {
    stdout: stdout.bytes().toString('base64'),
    stderr: stderr.bytes().toString('base64'),
    encoding: 'base64',
    truncated,
  };
}
