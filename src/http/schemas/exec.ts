import { Type } from 'typebox';
import { HostQuery, Nullable, Strict, StringEnum } from './common.ts';

const MAX_CHARACTERS = 65_535;
export const DEFAULT_OUTPUT_BYTES = 1024 * 1024;
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;

const Rows = Type.Integer({ minimum: 1, maximum: MAX_CHARACTERS, description: 'Lines of the terminal.' });
const Cols = Type.Integer({ minimum: 1, maximum: MAX_CHARACTERS, description: 'Characters a line.' });

/** The size of a terminal, where it may be left out; one without the other is left out too. */
export const OptionalSize = { rows: Type.Optional(Rows), cols: Type.Optional(Cols) } as const;

const Argument = Type.String({ maxLength: 131_072 });

/** A program and its arguments. */
export const Command = Type.Array(Argument, {
  minItems: 1,
  maxItems: 4096,
  description: 'The program and its arguments; no shell reads them.',
  examples: [['ls', '-la', '/']],
});

export const User = Type.String({
  minLength: 1,
  maxLength: 255,
  description: 'Name, uid, or `user:group`. Default: the own one of the container.',
  examples: ['1000:1000'],
});

export const WorkingDir = Type.String({ minLength: 1, maxLength: 4096, examples: ['/srv'] });

/** `NAME=value`. */
export const EnvAssignment = Type.String({ pattern: '^[^=\\u0000]+=[^\\u0000]*$', maxLength: 131_072 });

const EnvName = '^[^=\\u0000]+$';
const Env = Type.Union(
  [Type.Record(Type.String({ pattern: EnvName }), Argument), Type.Array(EnvAssignment, { maxItems: 1024 })],
  { description: 'Variables besides those of the container; a list of `NAME=value` will do too.' },
);

export const ExecParams = Strict({
  execId: Type.String({ minLength: 1, maxLength: 255, description: 'From `POST /containers/{id}/exec`.' }),
});

export const CreateExecBody = Strict(
  {
    cmd: Command,
    attachStdin: Type.Optional(Type.Boolean({ default: false, description: 'Take input.' })),
    attachStdout: Type.Optional(Type.Boolean({ default: true })),
    attachStderr: Type.Optional(Type.Boolean({ default: true })),
    tty: Type.Optional(
      Type.Boolean({ default: false, description: 'Give it a terminal; stdout and stderr are one then.' }),
    ),
    env: Type.Optional(Env),
    workingDir: Type.Optional(WorkingDir),
    user: Type.Optional(User),
    privileged: Type.Optional(
      Type.Boolean({ default: false, description: 'With all capabilities; for admins.' }),
    ),
    detachKeys: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 255,
        description:
          'Keys that detach from a terminal and leave its process running. Default: none, so that every byte of the input arrives.',
        examples: ['ctrl-p,ctrl-q'],
      }),
    ),
  },
  { examples: [{ cmd: ['ls', '-la', '/'], env: { LANG: 'C' } }] },
);

export const CreatedExecSchema = Type.Object({ execId: Type.String() }, { title: 'CreatedExec' });

export const ExecInfoSchema = Type.Object(
  {
    id: Type.String(),
    containerId: Type.String(),
    running: Type.Boolean(),
    exitCode: Nullable(Type.Integer({ description: 'Null until it has ended.' })),
    pid: Nullable(Type.Integer({ description: 'On the host; null while it does not run.' })),
    command: Type.Array(Type.String()),
    tty: Type.Boolean(),
    user: Type.String({ description: 'As asked for; empty for the own one of the container.' }),
    privileged: Type.Boolean(),
    attachStdin: Type.Boolean(),
    attachStdout: Type.Boolean(),
    attachStderr: Type.Boolean(),
  },
  { title: 'Exec' },
);

export const StartExecBody = Type.Optional(
  Strict(
    {
      detach: Type.Optional(
        Type.Boolean({ default: false, description: 'Leave it running on its own, and answer 204.' }),
      ),
      timeoutSeconds: Type.Optional(
        Type.Integer({
          minimum: 1,
          maximum: 86_400,
          description: 'It is ended after this time. Default: it may run as long as the caller waits.',
        }),
      ),
      input: Type.Optional(
        Type.String({
          maxLength: 1_048_576,
          description: 'Sent to it, followed by the end of input. It has to be made with `attachStdin`.',
        }),
      ),
      maxOutputBytes: Type.Optional(
        Type.Integer({
          minimum: 0,
          maximum: MAX_OUTPUT_BYTES,
          default: DEFAULT_OUTPUT_BYTES,
          description: 'Of stdout and of stderr. What comes after is dropped, and `truncated` is true.',
        }),
      ),
      ...OptionalSize,
    },
    { examples: [{ timeoutSeconds: 30 }] },
  ),
);

export const ExecResultSchema = Type.Object(
  {
    exitCode: Type.Integer(),
    stdout: Type.String(),
    stderr: Type.String(),
    encoding: StringEnum(['utf-8', 'base64'], {
      description: 'Of both outputs: `base64` when one of them is not UTF-8.',
    }),
    truncated: Type.Boolean({ description: 'Whether one of them was longer than `maxOutputBytes`.' }),
  },
  { title: 'ExecResult' },
);

export const ExecQuery = HostQuery({});
export const ExecSocketQuery = HostQuery(OptionalSize);
export const ResizeQuery = HostQuery({ rows: Rows, cols: Cols });

export const AttachQuery = HostQuery({
  logs: Type.Optional(
    Type.Boolean({ default: false, description: 'First what it wrote before, as far as its logs hold it.' }),
  ),
});

/** What travels in the frames of a process's socket. */
export const Bytes = Type.Unsafe<Uint8Array>({ type: 'string', format: 'binary' });

/** How the frames of a process's socket are to be read, for the documents. */
export const FRAMES = [
  'Without a subprotocol, frames in are input and binary frames out are output, stdout and stderr as they come; the size of a terminal is set by `POST /exec/{execId}/resize`.',
  'With `v5.channel.k8s.io` the first byte of each frame names its channel: 0 input, 1 stdout, 2 stderr, 3 the final status as JSON, 4 a new size as `{"Width": columns, "Height": rows}`, and 255 followed by 0 ends the input. `v4.channel.k8s.io` lacks the last.',
  'The socket is closed with 1000 and the reason `exit:<code>` when the process has ended, with 4404, 4409 or 4502 when there is none, it cannot run, or the Engine is gone, and with 1009 after a frame over 4 MiB.',
].join('\n\n');
