import { Type } from 'typebox';
import { TERMINAL_STATUSES } from '../../domain/terminal.ts';
import { HostQuery, Nullable, Strict, StringEnum, Timestamp } from './common.ts';
import { Command, EnvAssignment, OptionalSize, User, WorkingDir } from './exec.ts';

const TerminalId = Type.String({ format: 'uuid', examples: ['5b0c4f0e-7c1d-4a55-9d0a-3f6d1c2b7e90'] });

export const TerminalParams = Strict({ id: TerminalId });

export const OpenTerminalQuery = HostQuery({
  cmd: Type.Optional(
    Type.Array(Command.items, {
      minItems: 1,
      maxItems: 4096,
      description:
        'The program, and, by repeating the parameter, its arguments. Default: the first of bash, ash and sh that the container has.',
    }),
  ),
  tty: Type.Optional(Type.Boolean({ default: true })),
  user: Type.Optional(User),
  workingDir: Type.Optional(WorkingDir),
  env: Type.Optional(
    Type.Array(EnvAssignment, { maxItems: 256, description: '`NAME=value`; may be repeated.' }),
  ),
  privileged: Type.Optional(
    Type.Boolean({ default: false, description: 'With all capabilities; for admins.' }),
  ),
  ...OptionalSize,
  terminalId: Type.Optional(
    Type.String({
      format: 'uuid',
      description:
        'The id that it is to have, so that you know it. Default: a new one, which `GET /terminals` shows.',
    }),
  ),
  resumable: Type.Optional(
    Type.Boolean({
      default: true,
      description:
        'Whether its process waits a while for somebody to come back when the last viewer has left.',
    }),
  ),
  recording: Type.Optional(Type.Boolean({ default: false, description: 'Write its output down.' })),
});

export const JoinTerminalQuery = HostQuery(OptionalSize);
export const TerminalQuery = HostQuery({});

export const TerminalListQuery = HostQuery({
  container: Type.Optional(
    Type.String({ minLength: 1, maxLength: 255, description: 'Name or full id of its container.' }),
  ),
  status: Type.Optional(StringEnum(TERMINAL_STATUSES)),
});

export const TerminalSchema = Type.Object(
  {
    id: TerminalId,
    host: Type.String(),
    containerId: Type.String(),
    name: Type.String({ description: 'Of its container.' }),
    execId: Type.String({ description: 'For `POST /exec/{execId}/resize`.' }),
    command: Type.Array(Type.String()),
    tty: Type.Boolean(),
    user: Type.String({ description: 'As asked for; empty for the own one of the container.' }),
    privileged: Type.Boolean(),
    status: StringEnum(TERMINAL_STATUSES, {
      description: '`lost`: the Engine or the container went away before the exit code could be read.',
    }),
    exitCode: Nullable(Type.Integer()),
    createdAt: Timestamp,
    createdBy: Type.String({ description: 'Name of the token.' }),
    endedAt: Nullable(Timestamp),
    viewers: Type.Integer(),
    rows: Nullable(Type.Integer({ description: 'As asked for last.' })),
    cols: Nullable(Type.Integer({ description: 'As asked for last.' })),
    resumable: Type.Boolean(),
    recording: Type.Boolean(),
  },
  { title: 'Terminal' },
);
