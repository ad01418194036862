import { Type } from 'typebox';
import { CONTAINER_STATES } from '../../domain/container.ts';
import { WAIT_CONDITIONS } from '../../use-cases/ports/containers.ts';
import { HostQuery, Strict, StringEnum } from './common.ts';
import { ResourcesSchema, RestartPolicySchema } from './container-limits.ts';

const texts = (description: string) =>
  Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 512 }), { maxItems: 100, description }));

export const ContainerListQuery = HostQuery({
  all: Type.Optional(Type.Boolean({ default: false, description: 'Also those that do not run.' })),
  limit: Type.Optional(
    Type.Integer({ minimum: 1, description: 'The newest so many, whether they run or not.' }),
  ),
  size: Type.Optional(
    Type.Boolean({ default: false, description: 'With `sizes`, which takes the Engine a while.' }),
  ),
  filters: Type.Optional(
    Type.String({
      maxLength: 16_384,
      description: 'Filters as the Engine takes them: a JSON object of lists.',
      examples: ['{"ancestor":["busybox"],"health":["healthy"]}'],
    }),
  ),
  status: Type.Optional(
    Type.Array(StringEnum(CONTAINER_STATES), { maxItems: 10, description: 'Any of these states.' }),
  ),
  label: texts('All of these labels: `key` or `key=value`.'),
  name: texts('Any of these names, or parts of names.'),
  stack: Type.Optional(
    Type.String({ minLength: 1, maxLength: 255, description: 'The Compose project that they belong to.' }),
  ),
});

export const ContainerGetQuery = HostQuery({
  raw: Type.Optional(
    Type.Boolean({ default: false, description: 'Answer with the own JSON of the Engine instead.' }),
  ),
  size: Type.Optional(Type.Boolean({ default: false, description: 'With its sizes.' })),
});

export const RemoveQuery = HostQuery({
  force: Type.Optional(Type.Boolean({ default: false, description: 'Kill it first if it runs.' })),
  volumes: Type.Optional(
    Type.Boolean({ default: false, description: 'Remove its anonymous volumes with it.' }),
  ),
});

const Signal = Type.String({
  pattern: '^[A-Za-z0-9+-]{1,16}$',
  description: 'Name or number of a signal.',
  examples: ['SIGTERM'],
});

/** Each may stand in the query or in the body. */
export const STOP_OPTIONS = {
  timeoutSeconds: Type.Optional(
    Type.Integer({
      minimum: -1,
      maximum: 86_400,
      description:
        'How long it may take to end by itself before it is killed; -1 for as long as it wants. Default: the setting of the container, 10 without one.',
    }),
  ),
  signal: Type.Optional(Signal),
};

export const KILL_OPTIONS = { signal: Type.Optional(Signal) };

export const ContainerName = Type.String({
  pattern: '^[a-zA-Z0-9][a-zA-Z0-9_.-]+$',
  maxLength: 255,
  description: 'Letters, digits, `_`, `.` and `-`; at least two, the first a letter or a digit.',
  examples: ['demo'],
});

export const WAIT_OPTIONS = {
  condition: Type.Optional(
    StringEnum(WAIT_CONDITIONS, {
      description:
        '`not-running` (the default): now, if it does not run. `next-exit`: its next end, even if it does not run now. `removed`: when it is gone.',
    }),
  ),
};

export const UpdateBody = Strict(
  {
    resources: Type.Optional(ResourcesSchema),
    restartPolicy: Type.Optional(RestartPolicySchema),
  },
  {
    minProperties: 1,
    examples: [{ resources: { memoryBytes: 134_217_728 }, restartPolicy: { name: 'always' } }],
  },
);

export const CommitBody = Type.Optional(
  Strict(
    {
      repository: Type.Optional(
        Type.String({
          maxLength: 512,
          description: 'Name of the image.',
          examples: ['registry.example.org/team/demo'],
        }),
      ),
      tag: Type.Optional(
        Type.String({ maxLength: 128, description: 'Default: `latest`.', examples: ['v1'] }),
      ),
      comment: Type.Optional(Type.String({ maxLength: 4096 })),
      author: Type.Optional(Type.String({ maxLength: 512 })),
      pause: Type.Optional(
        Type.Boolean({
          default: true,
          description: 'Pause the container meanwhile, so that files fit together.',
        }),
      ),
      changes: Type.Optional(
        Type.Array(Type.String({ maxLength: 4096 }), {
          maxItems: 100,
          description: 'Lines of a Dockerfile, such as `ENV A=b`.',
        }),
      ),
    },
    { examples: [{ repository: 'demo-copy', tag: 'v1', changes: ['ENV A=b'] }] },
  ),
);

export const TopQuery = HostQuery({
  psArgs: Type.Optional(
    Type.String({
      maxLength: 512,
      description: 'Arguments for the `ps` of the host. Default: `-ef`.',
      examples: ['-o pid,user,cmd'],
    }),
  ),
});

export const PruneQuery = HostQuery({
  filters: Type.Optional(
    Type.String({
      maxLength: 16_384,
      description: 'Filters as the Engine takes them: a JSON object of lists.',
      examples: ['{"until":["24h"]}'],
    }),
  ),
  until: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 64,
      description: 'Made before: an instant, or an age such as `24h`.',
    }),
  ),
  label: texts('All of these labels: `key`, `key=value`, or `key!=value`.'),
});

const ArchivePath = Type.String({
  minLength: 1,
  maxLength: 4096,
  description: 'In the container; a relative one starts at its root.',
  examples: ['/etc/hosts'],
});

export const ReadArchiveQuery = HostQuery({
  path: ArchivePath,
  stat: Type.Optional(
    Type.Boolean({
      default: false,
      description: 'Answer with what the path is, as JSON, instead of the tar.',
    }),
  ),
});

export const WriteArchiveQuery = HostQuery({
  path: ArchivePath,
  noOverwriteDirNonDir: Type.Optional(
    Type.Boolean({
      default: false,
      description: 'Refuse to put a file where a folder is, and the other way round.',
    }),
  ),
  copyUIDGID: Type.Optional(
    Type.Boolean({ default: false, description: 'Give everything to the user that the container runs as.' }),
  ),
});

export const IfNoneMatchHeader = Type.Object({
  'if-none-match': Type.Optional(
    Type.String({ maxLength: 1024, description: 'The `ETag` of the list that you have.' }),
  ),
});
