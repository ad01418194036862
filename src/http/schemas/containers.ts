import { Type } from 'typebox';
import { CONTAINER_HEALTHS, CONTAINER_STATES } from '../../domain/container.ts';
import { WAIT_CONDITIONS } from '../../use-cases/ports/containers.ts';
import { HostQuery, Nullable, Strict, StringEnum, Timestamp } from './common.ts';
import { ResourcesSchema, RestartPolicySchema } from './container-limits.ts';

/** The path of every route of one container. */
export const ContainerParams = Strict({
  id: Type.String({
    minLength: 1,
    description: 'Name, full id, or as much of the beginning of an id as fits only one container.',
    examples: ['demo'],
  }),
});

const Labels = Type.Record(Type.String(), Type.String(), {
  examples: [{ 'com.docker.compose.project': 'shop' }],
});
const Strings = Type.Array(Type.String());

const PortSchema = Type.Object({
  ip: Nullable(Type.String({ description: 'Address of the host; null when the port is only exposed.' })),
  privatePort: Type.Integer({ description: 'In the container.' }),
  publicPort: Nullable(Type.Integer({ description: 'On the host.' })),
  protocol: StringEnum(['tcp', 'udp', 'sctp']),
});

const MountSchema = Type.Object({
  type: Type.String({ examples: ['volume', 'bind', 'tmpfs'] }),
  name: Type.Optional(Type.String({ description: 'Of a volume.' })),
  source: Type.String({ description: 'On the host; empty for a tmpfs.' }),
  destination: Type.String({ description: 'In the container.' }),
  mode: Type.String(),
  readOnly: Type.Boolean(),
});

const NetworkSchema = Type.Object({
  name: Type.String(),
  id: Type.String({ description: 'Empty until the container has been connected for the first time.' }),
  ipAddress: Type.String({ description: 'Empty while the container does not run.' }),
  aliases: Type.Optional(Strings),
});

const SUMMARY = {
  id: Type.String({ description: 'Full id.' }),
  name: Type.String({ examples: ['demo'] }),
  names: Type.Array(Type.String(), {
    description: 'All names, those that links of other containers give it too.',
  }),
  image: Type.String({ description: 'As it was asked for.', examples: ['busybox:latest'] }),
  imageId: Type.String(),
  command: Type.String(),
  createdAt: Timestamp,
  state: StringEnum(CONTAINER_STATES),
  health: StringEnum(CONTAINER_HEALTHS, { description: '`none` without a health check.' }),
  exitCode: Nullable(
    Type.Integer({ description: 'Of the last run; null while it runs or when it never ran.' }),
  ),
  startedAt: Nullable(Timestamp),
  finishedAt: Nullable(Timestamp),
  ports: Type.Array(PortSchema),
  labels: Labels,
  mounts: Type.Array(MountSchema),
  networks: Type.Array(NetworkSchema),
  stack: Nullable(Type.String({ description: 'The Compose project that it belongs to.' })),
  service: Nullable(Type.String({ description: 'The Compose service that it belongs to.' })),
  restartCount: Nullable(Type.Integer({ description: 'How often its restart policy started it again.' })),
  sizes: Nullable(
    Type.Object(
      {
        rw: Type.Integer({ description: 'What it wrote.' }),
        rootFs: Type.Integer({ description: 'With its image.' }),
      },
      { description: 'Bytes; only with `size=true`.' },
    ),
  ),
};

export const ContainerSummarySchema = Type.Object(SUMMARY, { title: 'ContainerSummary' });

const HealthProbeSchema = Type.Object({
  startedAt: Timestamp,
  finishedAt: Timestamp,
  exitCode: Type.Integer(),
  output: Type.String(),
});

export const ContainerDetailsSchema = Type.Object(
  {
    ...SUMMARY,
    pid: Nullable(Type.Integer({ description: 'On the host.' })),
    error: Nullable(Type.String({ description: 'Why it could not be started, in the words of the Engine.' })),
    oomKilled: Type.Boolean({ description: 'Whether it was ended for want of memory.' }),
    entrypoint: Strings,
    cmd: Strings,
    env: Type.Record(Type.String(), Type.String()),
    workingDir: Type.String(),
    user: Type.String({ description: 'As configured; empty for the root of the image.' }),
    hostname: Type.String(),
    tty: Type.Boolean(),
    openStdin: Type.Boolean(),
    stopSignal: Nullable(Type.String()),
    stopTimeoutSeconds: Nullable(Type.Integer()),
    restartPolicy: RestartPolicySchema,
    autoRemove: Type.Boolean(),
    privileged: Type.Boolean(),
    readOnlyRootfs: Type.Boolean(),
    init: Type.Boolean(),
    capAdd: Strings,
    capDrop: Strings,
    networkMode: Type.String(),
    logDriver: Type.String(),
    platform: Type.String(),
    resources: ResourcesSchema,
    healthLog: Type.Array(HealthProbeSchema, { description: 'Newest last.' }),
  },
  { title: 'ContainerDetails' },
);

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

export const WaitResultSchema = Type.Object({
  exitCode: Type.Integer(),
  error: Nullable(Type.String({ description: 'Why the Engine could not wait.' })),
});

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

export const WarningsSchema = Type.Object({ warnings: Type.Array(Type.String()) });

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

export const CommitResultSchema = Type.Object({
  imageId: Type.String({ examples: ['sha256:6c1f...'] }),
  reference: Nullable(Type.String({ description: 'Null when no name was asked for.' })),
});

export const TopQuery = HostQuery({
  psArgs: Type.Optional(
    Type.String({
      maxLength: 512,
      description: 'Arguments for the `ps` of the host. Default: `-ef`.',
      examples: ['-o pid,user,cmd'],
    }),
  ),
});

export const ProcessesSchema = Type.Object(
  {
    titles: Strings,
    processes: Type.Array(Strings, { description: 'One row a process, in the order of `titles`.' }),
  },
  { title: 'ContainerProcesses' },
);

export const FileChangeSchema = Type.Object(
  { path: Type.String(), kind: StringEnum(['modified', 'added', 'deleted']) },
  { title: 'FileChange' },
);

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

export const PruneResultSchema = Type.Object({
  deleted: Type.Array(Type.String(), { description: 'Full ids.' }),
  spaceReclaimed: Type.Integer({ description: 'Bytes.' }),
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

export const PathStatSchema = Type.Object(
  {
    name: Type.String(),
    size: Type.Integer({ description: 'Bytes.' }),
    type: StringEnum(['file', 'directory', 'symlink', 'other']),
    mode: Type.Integer({ description: 'The permission bits, as a number.' }),
    modifiedAt: Timestamp,
    linkTarget: Nullable(Type.String({ description: 'Where a symbolic link leads, inside the container.' })),
  },
  { title: 'PathStat' },
);

export const IfNoneMatchHeader = Type.Object({
  'if-none-match': Type.Optional(
    Type.String({ maxLength: 1024, description: 'The `ETag` of the list that you have.' }),
  ),
});
