import type { Static } from 'typebox';
import type { ExecSpec, TerminalSize } from '../../domain/exec.ts';
import type { CreateExecBody } from '../schemas/exec.ts';

/** What a body of `POST /containers/{id}/exec` asks for. */
export function toExecSpec(body: Static<typeof CreateExecBody>): ExecSpec {
  const { workingDir, user, detachKeys } = body;
  return {
    cmd: body.cmd,
    attachStdin: body.attachStdin ?? false,
    attachStdout: body.attachStdout ?? true,
    attachStderr: body.attachStderr ?? true,
    tty: body.tty ?? false,
    env: toEnv(body.env ?? {}),
    privileged: body.privileged ?? false,
    ...(workingDir === undefined ? {} : { workingDir }),
    ...(user === undefined ? {} : { user }),
    ...(detachKeys === undefined ? {} : { detachKeys }),
  };
}

/** Variables by name; of a list of `NAME=value` the last one of a name counts. */
export function toEnv(env: Readonly<Record<string, string>> | readonly string[]): Record<string, string> {
  if (!isList(env)) return { ...env };
  return Object.fromEntries(
    env.map((assignment) => {
      const separator = assignment.indexOf('=');
      return [assignment.slice(0, separator), assignment.slice(separator + 1)];
    }),
  );
}

function isList(env: Readonly<Record<string, string>> | readonly string[]): env is readonly string[] {
  return Array.isArray(env);
}

/** A size needs both of its numbers. */
export function toSize({
  rows,
  cols,
}: {
  readonly rows?: number;
  readonly cols?: number;
}): TerminalSize | undefined {
  return rows === undefined || cols === undefined ? undefined : { rows, cols };
}
