import { Type } from 'typebox';
import { Strict, StringEnum } from './common.ts';
import { ResourcesSchema, RestartPolicySchema } from './container-limits.ts';
import { ContainerName } from './container-requests.ts';

/** Of a map: looked at before its entries are. */
const MAX_ENTRIES = 10_000;

const text = (description: string, example?: string) =>
  Type.Optional(
    Type.String({ maxLength: 4096, description, ...(example === undefined ? {} : { examples: [example] }) }),
  );
const texts = (description: string, example?: readonly string[]) =>
  Type.Optional(
    Type.Array(Type.String({ maxLength: 1_048_576 }), {
      maxItems: 10_000,
      description,
      ...(example === undefined ? {} : { examples: [example] }),
    }),
  );
const flag = (description: string) => Type.Optional(Type.Boolean({ description }));
const seconds = (description: string) =>
  Type.Optional(Type.Number({ minimum: 0, maximum: 86_400, description }));
const map = (description: string, example: object) =>
  Type.Optional(
    Type.Record(Type.String(), Type.String(), {
      maxProperties: MAX_ENTRIES,
      description,
      examples: [example],
    }),
  );

const Env = Type.Unsafe<Record<string, string | null>>({
  type: 'object',
  maxProperties: MAX_ENTRIES,
  propertyNames: { pattern: '^[^=\\u0000]+$' },
  additionalProperties: { type: ['string', 'null'] },
  description: '`null` unsets what the image sets.',
  examples: [{ TZ: 'Europe/Vienna', DEBUG: null }],
});

const Port = Strict(
  {
    containerPort: Type.Integer({ minimum: 1, maximum: 65_535 }),
    protocol: Type.Optional(StringEnum(['tcp', 'udp', 'sctp'], { default: 'tcp' })),
    hostIp: text('Default: all addresses of the host.', '127.0.0.1'),
    hostPort: Type.Optional(
      Type.Union(
        [
          Type.Integer({ minimum: 0, maximum: 65_535 }),
          Type.String({ pattern: '^[0-9]{1,5}(-[0-9]{1,5})?$' }),
        ],
        {
          description: 'A port or a range; without it the Engine picks a free one.',
          examples: [8080, '8000-8010'],
        },
      ),
    ),
  },
  { title: 'PortSpec' },
);

const Mount = Strict(
  {
    type: StringEnum(['volume', 'bind', 'tmpfs']),
    source: text('Name of a volume or path on the host; a volume without one is anonymous.', 'demo-data'),
    target: Type.String({
      minLength: 1,
      maxLength: 4096,
      description: 'In the container.',
      examples: ['/data'],
    }),
    readOnly: flag('Default: false.'),
    create: flag(
      'Of a volume: make it if there is none of this name. Without it that is an error, so that no typo makes one.',
    ),
    propagation: Type.Optional(
      StringEnum(['private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave'], {
        description: 'Of a bind mount.',
      }),
    ),
    noCopy: flag('Of a volume: leave it empty instead of copying what the image has there.'),
    tmpfsSizeBytes: Type.Optional(Type.Integer({ minimum: 0 })),
    tmpfsMode: Type.Optional(Type.Integer({ minimum: 0, maximum: 0o7777, description: 'Permission bits.' })),
  },
  { title: 'MountSpec' },
);

const Network = Strict(
  {
    network: Type.String({ minLength: 1, maxLength: 255, description: 'Name or id.', examples: ['front'] }),
    aliases: texts('Names by which others find it there.'),
    ipv4Address: text('A fixed address.'),
    ipv6Address: text('A fixed address.'),
    links: texts('`container:alias`.'),
  },
  { title: 'NetworkAttachment' },
);

const Healthcheck = Strict(
  {
    test: Type.Array(Type.String(), {
      minItems: 1,
      description: '`["CMD", ...]`, `["CMD-SHELL", "..."]` or `["NONE"]`.',
      examples: [['CMD-SHELL', 'wget -q -O - http://127.0.0.1 || exit 1']],
    }),
    intervalSeconds: seconds('Default: 30.'),
    timeoutSeconds: seconds('Default: 30.'),
    startPeriodSeconds: seconds('Failures at first that do not count. Default: 0.'),
    retries: Type.Optional(Type.Integer({ minimum: 0, description: 'Default: 3.' })),
  },
  { title: 'HealthcheckSpec' },
);

const Device = Strict(
  {
    hostPath: Type.String({ minLength: 1, maxLength: 4096, examples: ['/dev/fuse'] }),
    containerPath: text('Default: as on the host.'),
    permissions: Type.Optional(Type.String({ pattern: '^[rwm]{1,3}$', default: 'rwm' })),
  },
  { title: 'DeviceSpec', description: 'For admins.' },
);

const Ulimit = Strict(
  { name: Type.String({ examples: ['nofile'] }), soft: Type.Integer(), hard: Type.Integer() },
  { title: 'UlimitSpec' },
);

const Logging = Strict(
  {
    driver: Type.String({ minLength: 1, maxLength: 128, examples: ['json-file'] }),
    options: map('Of the driver.', { 'max-size': '10m' }),
  },
  { title: 'LoggingSpec' },
);

/** What a container is to be made of. */
export const CreateBody = Strict(
  {
    name: Type.Optional(ContainerName),
    image: Type.String({
      minLength: 1,
      maxLength: 512,
      description: 'Has to be on the host.',
      examples: ['busybox:latest'],
    }),
    platform: text('Default: that of the host.', 'linux/arm64'),
    start: Type.Optional(
      Type.Boolean({
        default: true,
        description: 'Start it. One that cannot be started is removed again, and the answer says why.',
      }),
    ),
    cmd: texts('Default: that of the image.', ['sleep', '600']),
    entrypoint: texts('Default: that of the image.'),
    env: Type.Optional(Env),
    labels: map('The label `com.docker.compose.project` says to which stack it belongs.', { team: 'shop' }),
    hostname: text('Default: its short id.'),
    domainname: text('Of its hostname.'),
    user: text('Name, uid, or `user:group`.', '1000:1000'),
    workingDir: text('Default: that of the image.', '/srv'),
    tty: flag('Give it a terminal.'),
    openStdin: flag('Keep its input open.'),
    stdinOnce: flag('Close its input when the first who attached leaves.'),
    stopSignal: text('Default: that of the image, else SIGTERM.', 'SIGQUIT'),
    stopTimeoutSeconds: Type.Optional(
      Type.Integer({ minimum: -1, maximum: 86_400, description: 'Default: 10.' }),
    ),
    ports: Type.Optional(Type.Array(Port, { maxItems: 1000 })),
    expose: texts('Ports to expose without publishing them.', ['53/udp']),
    publishAllPorts: flag('Publish all exposed ports on free ones.'),
    mounts: Type.Optional(Type.Array(Mount, { maxItems: 1000 })),
    networks: Type.Optional(Type.Array(Network, { maxItems: 100 })),
    networkMode: text('`bridge`, `none`, `host` (for admins) or `container:<id>`; not beside `networks`.'),
    restartPolicy: Type.Optional(RestartPolicySchema),
    resources: Type.Optional(ResourcesSchema),
    ulimits: Type.Optional(Type.Array(Ulimit, { maxItems: 100 })),
    healthcheck: Type.Optional(Healthcheck),
    privileged: flag('For admins.'),
    capAdd: texts('Beyond the default set of Docker: for admins.', ['NET_BIND_SERVICE']),
    capDrop: texts('Capabilities to take away.', ['ALL']),
    devices: Type.Optional(Type.Array(Device, { maxItems: 100 })),
    securityOpt: texts('All but `no-new-privileges` and the default AppArmor profile: for admins.'),
    groupAdd: texts('More groups.'),
    sysctls: map('Those of its own namespaces; others: for admins.', { 'net.core.somaxconn': '1024' }),
    readOnlyRootfs: flag('Only its mounts can be written to.'),
    init: flag('Run an init that forwards signals and reaps processes.'),
    autoRemove: flag('Remove it when it ends.'),
    shmSizeBytes: Type.Optional(Type.Integer({ minimum: 0, description: 'Of /dev/shm.' })),
    pidMode: text('`container:<id>`, or `host` (for admins).'),
    ipcMode: text('`none`, `private`, `shareable`, `container:<id>`, or `host` (for admins).'),
    utsMode: text('`host` (for admins).'),
    usernsMode: text('`host` (for admins).'),
    cgroupParent: text('For admins.'),
    extraHosts: texts('`name:address`.', ['db:10.0.0.5']),
    dns: texts('Name servers.'),
    dnsSearch: texts('Search domains.'),
    logging: Type.Optional(Logging),
    engine: Type.Optional(
      Type.Record(Type.String(), Type.Unknown(), {
        description:
          'More, in the words of the create call of the Engine, laid over all of the above: objects are merged, anything else replaces. Names that the Engine reads whatever their case may stand only once. The policy looks at it as at the rest.',
        examples: [{ HostConfig: { MemorySwappiness: 0 } }],
      }),
    ),
  },
  {
    title: 'ContainerSpec',
    examples: [
      {
        name: 'demo',
        image: 'busybox:latest',
        cmd: ['sleep', '600'],
        env: { TZ: 'Europe/Vienna' },
        ports: [{ containerPort: 80, hostIp: '127.0.0.1', hostPort: 8080 }],
        restartPolicy: { name: 'unless-stopped' },
        resources: { memoryBytes: 67_108_864, cpus: 0.5 },
      },
    ],
  },
);

export const CreatedSchema = Type.Object({
  id: Type.String({ description: 'Full id.' }),
  warnings: Type.Array(Type.String()),
});
