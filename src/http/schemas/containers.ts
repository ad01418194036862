import { Type } from 'typebox';
import { CONTAINER_HEALTHS, CONTAINER_STATES } from '../../domain/container.ts';
import { Nullable, Strict, StringEnum, Timestamp } from './common.ts';
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

export const WaitResultSchema = Type.Object({
  exitCode: Type.Integer(),
  error: Nullable(Type.String({ description: 'Why the Engine could not wait.' })),
});

export const WarningsSchema = Type.Object({ warnings: Type.Array(Type.String()) });

export const CommitResultSchema = Type.Object({
  imageId: Type.String({ examples: ['sha256:6c1f...'] }),
  reference: Nullable(Type.String({ description: 'Null when no name was asked for.' })),
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

export const PruneResultSchema = Type.Object({
  deleted: Type.Array(Type.String(), { description: 'Full ids.' }),
  spaceReclaimed: Type.Integer({ description: 'Bytes.' }),
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
