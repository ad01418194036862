import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { spellCreateBody } from '../../src/domain/engine-shape.ts';
import { isFairleadError } from '../../src/domain/errors.ts';
import { boundByPolicy, createViolations, reachRefusals } from '../../src/domain/policy.ts';

const limits = { allowedBindRoots: ['/srv/data', '/home/ci/'], engineSockets: ['/opt/engine/engine.sock'] };

/** What the policy says to a create body, as `pointer: message` lines. */
function violations(body: Record<string, unknown>, within = limits): string[] {
  return createViolations(spellCreateBody(body, 'body/engine'), within).map(
    ({ path, message }) => `${path}: ${message}`,
  );
}
const host = (members: Record<string, unknown>) => ({ HostConfig: members });

/** Every harm by the member that asks for it, with a value that does. */
const HARMFUL: readonly (readonly [string, unknown])[] = [
  ['Privileged', true],
  ['NetworkMode', 'host'],
  ['PidMode', 'host'],
  ['PidMode', 'HOST'],
  ['IpcMode', 'host'],
  ['UTSMode', 'host'],
  ['UsernsMode', 'host'],
  ['CgroupnsMode', 'host'],
  ['Cgroup', 'container:x'],
  ['CgroupParent', '/system.slice'],
  ['Binds', ['/etc:/mnt']],
  ['Binds', ['/:/mnt:ro']],
  ['Binds', '/etc:/mnt'],
  ['Binds', ['/srv/data/../../etc:/mnt']],
  ['Binds', ['/srv/database:/mnt']],
  ['Binds', ['//etc/:/mnt']],
  ['Mounts', [{ Type: 'bind', Source: '/etc', Target: '/x' }]],
  ['Mounts', [{ Type: 'bind', Source: '/var/run/docker.sock', Target: '/x' }]],
  ['Mounts', [{ Type: 'Bind', Source: '/srv/data', Target: '/x' }]],
  ['Mounts', [{ Type: 'npipe', Source: '/srv/data', Target: '/x' }]],
  ['Mounts', [{ Type: 'cluster', Source: 'x', Target: '/x' }]],
  [
    'Mounts',
    [
      {
        Type: 'volume',
        Target: '/x',
        VolumeOptions: { DriverConfig: { Options: { type: 'none', o: 'bind', device: '/' } } },
      },
    ],
  ],
  [
    'Mounts',
    [
      {
        type: 'volume',
        target: '/x',
        volumeoptions: { driverconfig: { options: { type: 'tmpfs', o: 'rw,rbind', device: '/' } } },
      },
    ],
  ],
  [
    'Mounts',
    [
      {
        Type: 'volume',
        Target: '/x',
        VolumeOptions: { DriverConfig: { Options: { type: 'ext4', device: '/dev/sda1' } } },
      },
    ],
  ],
  ['Mounts', [{ Type: 'volume', Target: '/x', VolumeOptions: { DriverConfig: { Name: 'vieux/sshfs' } } }]],
  ['VolumeDriver', 'vieux/sshfs'],
  ['CapAdd', ['SYS_ADMIN']],
  ['CapAdd', ['ALL']],
  ['CapAdd', 'cap_sys_admin'],
  ['Devices', [{ PathOnHost: '/dev/kmsg' }]],
  ['DeviceCgroupRules', ['c 1:1 rwm']],
  ['DeviceRequests', [{ Driver: 'nvidia' }]],
  ['SecurityOpt', ['seccomp=unconfined']],
  ['SecurityOpt', ['apparmor:unconfined']],
  ['SecurityOpt', ['no-new-privileges:false']],
  ['SecurityOpt', ['label=disable']],
  ['Sysctls', { 'kernel.panic': '1' }],
  ['Sysctls', { 'vm/overcommit_memory': '1' }],
  ['Runtime', 'io.containerd.other.v1'],
  ['Isolation', 'process'],
  ['OomScoreAdj', -500],
  ['OomKillDisable', true],
  ['MaskedPaths', []],
  ['ReadonlyPaths', []],
  ['Annotations', { 'org.systemd.property.DeviceAllow': '[]' }],
  ['CpuRealtimeRuntime', 1000],
  ['StorageOpt', { dm: 'x' }],
  ['ContainerIDFile', '/etc/cron.d/x'],
  ['LogConfig', { Type: 'syslog', Config: { 'syslog-address': 'unix:///var/run/docker.sock' } }],
  ['LogConfig', { Type: 'splunk', Config: { 'splunk-capath': '/etc/shadow' } }],
  ['NobodyKnowsThis', true],
];

describe('what a create call asks for', () => {
  it.each(HARMFUL)('refuses HostConfig.%s: %j', (member, value) => {
    const found = violations(host({ [member]: value }));
    expect(found).not.toEqual([]);
    expect(found[0]).toContain(`/HostConfig/${member}`);
  });

  it('refuses the network of the host also as an endpoint, and names on the top level that old Engines read', () => {
    expect(violations({ NetworkingConfig: { EndpointsConfig: { host: {} } } })).toEqual([
      '/NetworkingConfig/EndpointsConfig/host: host namespaces: the network of the host',
    ]);
    expect(violations({ Privileged: true, Binds: ['/:/x'] })).toEqual([
      '/Privileged: names that the policy does not know',
      '/Binds: names that the policy does not know',
    ]);
  });

  it('refuses a host configuration or a network configuration of another type', () => {
    expect(violations({ HostConfig: [{ Privileged: true }] })).toHaveLength(1);
    expect(violations({ NetworkingConfig: 'host' })).toHaveLength(1);
    expect(violations({ NetworkingConfig: { EndpointsConfig: ['host'] } })).toHaveLength(1);
  });

  it('names every violation at once', () => {
    const found = violations(
      host({ Privileged: true, CapAdd: ['CHOWN', 'NET_ADMIN'], Binds: ['a:/a', '/etc:/b'] }),
    );
    expect(found).toEqual([
      '/HostConfig/Privileged: privileged containers',
      '/HostConfig/Binds/1: bind mounts: /etc is not in a folder that FAIRLEAD_ALLOWED_BIND_ROOTS names',
      '/HostConfig/CapAdd/1: added capabilities: NET_ADMIN',
    ]);
  });

  it('lets through what any role may have', () => {
    expect(
      violations({
        Image: 'busybox',
        Env: ['A=b'],
        Labels: { Privileged: 'true' },
        Volumes: { '/data': {} },
        Healthcheck: { Test: ['NONE'], StartInterval: 5 },
        HostConfig: {
          Privileged: false,
          NetworkMode: 'container:abc',
          PidMode: 'container:abc',
          IpcMode: 'shareable',
          Binds: ['/srv/data:/a', '/srv/data/x/../y:/b:ro', '/home/ci/x:/c', 'named:/d', '/anonymous'],
          Mounts: [
            { Type: 'volume', Source: 'v', Target: '/v', VolumeOptions: { NoCopy: true } },
            { Type: 'tmpfs', Target: '/t', TmpfsOptions: { SizeBytes: 1 } },
            { Type: 'bind', Source: '/srv/data', Target: '/x', BindOptions: { Propagation: 'rslave' } },
            {
              Type: 'volume',
              Target: '/n',
              VolumeOptions: {
                DriverConfig: {
                  Name: 'local',
                  Options: { type: 'nfs', o: 'addr=10.0.0.1', device: ':/export' },
                },
              },
            },
          ],
          CapDrop: ['ALL'],
          CapAdd: ['NET_BIND_SERVICE', 'cap_chown'],
          SecurityOpt: ['no-new-privileges:true'],
          Sysctls: { 'net.core.somaxconn': '1024', 'kernel.shmmax': '1' },
          OomScoreAdj: 500,
          LogConfig: { Type: 'json-file', Config: { 'max-size': '10m' } },
          RestartPolicy: { Name: 'always' },
          PortBindings: { '80/tcp': [{ HostPort: '8080' }] },
          Devices: null,
          MaskedPaths: null,
        },
        NetworkingConfig: { EndpointsConfig: { front: { Aliases: ['web'] } } },
      }),
    ).toEqual([]);
  });

  it("refuses the Engine's socket and every folder that holds it, wherever binds are allowed", () => {
    const everywhere = { allowedBindRoots: ['/'], engineSockets: ['/opt/engine/engine.sock'] };
    for (const path of [
      '/var/run/docker.sock',
      '/run/docker.sock',
      '/run',
      '/',
      '/var/run/',
      '/opt/engine/engine.sock',
      '/opt/engine/x/..',
      '/srv/data/docker.sock',
      '/run/containerd/containerd.sock',
    ]) {
      expect(violations(host({ Binds: [`${path}:/x`] }), everywhere), path).toEqual([
        expect.stringContaining("the Engine's socket"),
      ]);
    }
    expect(violations(host({ Binds: ['/srv:/x'] }), everywhere)).toEqual([]);
  });

  it('sees a member in every spelling that the Engine takes for it', () => {
    const spellings: Record<string, readonly string[]> = { s: ['s', 'S', '\u017f'], k: ['k', 'K', '\u212a'] };
    const spelled = (name: string) =>
      fc
        .tuple(
          ...[...name].map((letter) => {
            const lower = letter.toLowerCase();
            return fc.constantFrom(...(spellings[lower] ?? [lower, lower.toUpperCase()]));
          }),
        )
        .map((letters) => letters.join(''));
    const harm = fc
      .constantFrom(...HARMFUL.filter(([member]) => member !== 'NobodyKnowsThis'))
      .chain(([member, value]) => fc.tuple(spelled('HostConfig'), spelled(member), fc.constant(value)));
    fc.assert(
      fc.property(harm, ([hostConfig, member, value]) => {
        const found = violations({ [hostConfig]: { [member]: value } });
        expect(found.length).toBeGreaterThan(0);
        expect(found.some((line) => line.includes('does not know'))).toBe(false);
      }),
    );
  });

  it('refuses any value of Privileged but those that mean no', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const isNo =
          value === null ||
          value === false ||
          value === 0 ||
          value === '' ||
          (typeof value === 'object' && Object.keys(value).length === 0);
        expect(violations(host({ Privileged: value })).length === 0).toBe(isNo);
      }),
    );
  });

  it('never lets an unknown member through', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.jsonValue(), (suffix, value) => {
        expect(violations(host({ [`Zz${suffix}`]: value }))).toHaveLength(1);
      }),
    );
  });
});

describe('two spellings of one name', () => {
  it.each([
    [{ HostConfig: {}, hostconfig: { Privileged: true } }],
    [{ HostConfig: { Privileged: false, privileged: true } }],
    [{ HostConfig: { 'Bind\u017f': [], Binds: ['/:/x'] } }],
    [{ HostConfig: { Mounts: [{ Type: 'volume', type: 'bind' }] } }],
  ])('are refused whoever asks: %j', (body) => {
    const error = caught(() => spellCreateBody(body, 'body/engine'));
    expect(isFairleadError(error, 'VALIDATION_FAILED')).toBe(true);
  });

  it('are two names where names are the caller’s own', () => {
    const body = { Labels: { a: '1', A: '2' }, HostConfig: { Sysctls: { 'net.x': '1', 'NET.x': '2' } } };
    expect(spellCreateBody(body, 'body/engine').body).toEqual(body);
  });
});

describe('containers that a call names', () => {
  const config = (hostConfig: Record<string, unknown>, mounts: { type: string; source: string }[] = []) => ({
    name: 'other',
    hostConfig,
    mounts,
  });

  it('lends no namespace that it has from the host or from another container', () => {
    expect(reachRefusals('network', config({ NetworkMode: 'front' }), limits)).toEqual([]);
    expect(reachRefusals('network', config({ NetworkMode: 'host' }), limits)).toHaveLength(1);
    expect(reachRefusals('processes', config({ PidMode: 'host' }), limits)).toHaveLength(1);
    expect(reachRefusals('processes', config({ PidMode: 'container:x' }), limits)).toHaveLength(1);
    expect(reachRefusals('memory', config({ IpcMode: 'shareable' }), limits)).toEqual([]);
  });

  it('lends no folder of the host that could not be mounted directly', () => {
    const mounts = [
      { type: 'bind', source: '/srv/data/a' },
      { type: 'bind', source: '/run/docker.sock' },
      { type: 'volume', source: '/var/lib/docker/volumes/a/_data' },
    ];
    expect(reachRefusals('volumes', config({}, mounts), limits)).toEqual([
      expect.stringContaining("the Engine's socket"),
    ]);
  });
});

it('binds every token but those of admins that are not narrowed', () => {
  const grant = { role: 'admin', permissions: null, hosts: null, stacks: null, projects: null } as const;
  expect(boundByPolicy(grant)).toBe(false);
  expect(boundByPolicy({ ...grant, role: 'operator' })).toBe(true);
  expect(boundByPolicy({ ...grant, stacks: ['shop'] })).toBe(true);
  expect(boundByPolicy({ ...grant, projects: ['shop'] })).toBe(true);
});

function caught(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    return error;
  }
}
