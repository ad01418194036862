import type { ExecClient } from '../../use-cases/ports/exec.ts';

/** What a short program printed, and how it ended. */
export interface ShortRun {
  readonly exitCode: number | null;
  readonly output: string;
}

export interface ShortRunRequest {
  readonly cmd: readonly string[];
  readonly user?: string;
  readonly privileged?: boolean;
  /** Its mark; nobody looks for it, but everything has one. */
  readonly token: string;
}

const MAX_OUTPUT_BYTES = 64 * 1024;

/** Runs a program of the server's own inside a container, to its end. Throws as `ExecClient` does. */
export async function runShort(
  exec: Pick<ExecClient, 'create' | 'start' | 'inspect'>,
  containerId: string,
  { cmd, user, privileged = false, token }: ShortRunRequest,
  signal: AbortSignal,
): Promise<ShortRun> {
  const execId = await exec.create(
    containerId,
    {
      cmd,
      attachStdin: false,
      attachStdout: true,
      attachStderr: true,
      tty: false,
      env: {},
      privileged,
      token,
      ...(user === undefined || user === '' ? {} : { user }),
    },
    signal,
  );
  const stream = await exec.start(execId, { tty: false }, signal);
  const chunks: Uint8Array[] = [];
  let size = 0;
  await new Promise<void>((resolve, reject) => {
    stream.open({
      output(_, bytes) {
        if (size < MAX_OUTPUT_BYTES) chunks.push(bytes);
        size += bytes.byteLength;
      },
      over: (error) => (error === null ? resolve() : reject(error)),
    });
  });
  const { exitCode } = await exec.inspect(execId, signal);
  return { exitCode, output: Buffer.concat(chunks).toString() };
}
