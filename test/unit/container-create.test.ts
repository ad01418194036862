import { describe, expect, it } from 'vitest';
import { namedObjects, withContainerIds } from '../../src/domain/create-references.ts';
import { toEngineCreate } from '../../src/domain/engine-create.ts';
import { isFairleadError } from '../../src/domain/errors.ts';
import { specPath } from '../../src/domain/spec-path.ts';

describe('a specification in the words of the Engine', () => {
  it('says nothing about what is left open, but always has a host configuration', () => {
    expect(toEngineCreate({ image: 'busybox' })).toEqual({
      body: { Image: 'busybox', HostConfig: {} },
      unknown: [],
    });
  });

  it('has everything that can be asked for at its place and in its unit', () => {
    const { name, platform, body } = toEngineCreate({
      name: 'web',
      platform: 'linux/arm64',
      image: 'nginx:1',
      cmd: ['nginx', '-g', 'daemon off;'],
      entrypoint: ['/entry'],
      env: { A: 'b=c', EMPTY: '', UNSET: null },
      labels: { 'com.docker.compose.project': 'shop' },
      hostname: 'web',
      domainname: 'example.org',
      user: '1000:1000',
      workingDir: '/srv',
      tty: true,
      openStdin: true,
      stdinOnce: true,
      stopSignal: 'SIGQUIT',
      stopTimeoutSeconds: 5,
      ports: [
        { containerPort: 80, hostPort: 8080, hostIp: '127.0.0.1' },
        { containerPort: 80 },
        { containerPort: 53, protocol: 'udp', hostPort: '5300-5310' },
      ],
      expose: ['9000', '53/udp'],
      publishAllPorts: true,
      mounts: [
        { type: 'volume', source: 'data', target: '/data', readOnly: true, noCopy: true, create: true },
        { type: 'bind', source: '/srv/data', target: '/host', propagation: 'rslave' },
        { type: 'tmpfs', target: '/tmp', tmpfsSizeBytes: 1024, tmpfsMode: 0o1777 },
      ],
      networks: [
        { network: 'front', aliases: ['www'], ipv4Address: '10.1.0.5', ipv6Address: 'fd00::5' },
        { network: 'back', links: ['db:database'] },
      ],
      restartPolicy: { name: 'on-failure', maximumRetryCount: 3 },
      resources: {
        memoryBytes: 64e6,
        memoryReservationBytes: 32e6,
        memorySwapBytes: -1,
        cpus: 0.5,
        cpuShares: 512,
        cpusetCpus: '0-1',
        pidsLimit: 100,
      },
      ulimits: [{ name: 'nofile', soft: 10, hard: 20 }],
      healthcheck: {
        test: ['CMD', 'true'],
        intervalSeconds: 1.5,
        timeoutSeconds: 1,
        startPeriodSeconds: 2,
        retries: 3,
      },
      capAdd: ['NET_BIND_SERVICE'],
      capDrop: ['ALL'],
      devices: [{ hostPath: '/dev/fuse' }, { hostPath: '/dev/a', containerPath: '/dev/b', permissions: 'r' }],
      securityOpt: ['no-new-privileges'],
      groupAdd: ['audio'],
      sysctls: { 'net.core.somaxconn': '1' },
      readOnlyRootfs: true,
      init: true,
      autoRemove: true,
      shmSizeBytes: 1e6,
      privileged: false,
      pidMode: 'container:x',
      ipcMode: 'none',
      utsMode: 'host',
      usernsMode: 'host',
      cgroupParent: '/x',
      extraHosts: ['a:1.2.3.4'],
      dns: ['1.1.1.1'],
      dnsSearch: ['example.org'],
      logging: { driver: 'json-file', options: { 'max-size': '1m' } },
    });
    expect({ name, platform }).toEqual({ name: 'web', platform: 'linux/arm64' });
    expect(body).toEqual({
      Image: 'nginx:1',
      Cmd: ['nginx', '-g', 'daemon off;'],
      Entrypoint: ['/entry'],
      Env: ['A=b=c', 'EMPTY=', 'UNSET'],
      Labels: { 'com.docker.compose.project': 'shop' },
      Hostname: 'web',
      Domainname: 'example.org',
      User: '1000:1000',
      WorkingDir: '/srv',
      Tty: true,
      OpenStdin: true,
      StdinOnce: true,
      StopSignal: 'SIGQUIT',
      StopTimeout: 5,
      Healthcheck: {
        Test: ['CMD', 'true'],
        Interval: 1_500_000_000,
        Timeout: 1_000_000_000,
        StartPeriod: 2_000_000_000,
        Retries: 3,
      },
      ExposedPorts: { '9000/tcp': {}, '53/udp': {}, '80/tcp': {} },
      HostConfig: {
        Memory: 64e6,
        MemoryReservation: 32e6,
        MemorySwap: -1,
        NanoCpus: 500_000_000,
        CpuShares: 512,
        CpusetCpus: '0-1',
        PidsLimit: 100,
        Init: true,
        PortBindings: {
          '80/tcp': [
            { HostIp: '127.0.0.1', HostPort: '8080' },
            { HostIp: '', HostPort: '' },
          ],
          '53/udp': [{ HostIp: '', HostPort: '5300-5310' }],
        },
        PublishAllPorts: true,
        Mounts: [
          {
            Type: 'volume',
            Source: 'data',
            Target: '/data',
            ReadOnly: true,
            VolumeOptions: { NoCopy: true, Labels: { 'com.docker.compose.project': 'shop' } },
          },
          { Type: 'bind', Source: '/srv/data', Target: '/host', BindOptions: { Propagation: 'rslave' } },
          { Type: 'tmpfs', Target: '/tmp', TmpfsOptions: { SizeBytes: 1024, Mode: 0o1777 } },
        ],
        NetworkMode: 'front',
        RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 3 },
        Ulimits: [{ Name: 'nofile', Soft: 10, Hard: 20 }],
        Privileged: false,
        CapAdd: ['NET_BIND_SERVICE'],
        CapDrop: ['ALL'],
        Devices: [
          { PathOnHost: '/dev/fuse', PathInContainer: '/dev/fuse', CgroupPermissions: 'rwm' },
          { PathOnHost: '/dev/a', PathInContainer: '/dev/b', CgroupPermissions: 'r' },
        ],
        SecurityOpt: ['no-new-privileges'],
        GroupAdd: ['audio'],
        Sysctls: { 'net.core.somaxconn': '1' },
        ReadonlyRootfs: true,
        AutoRemove: true,
        ShmSize: 1e6,
        PidMode: 'container:x',
        IpcMode: 'none',
        UTSMode: 'host',
        UsernsMode: 'host',
        CgroupParent: '/x',
        ExtraHosts: ['a:1.2.3.4'],
        Dns: ['1.1.1.1'],
        DnsSearch: ['example.org'],
        LogConfig: { Type: 'json-file', Config: { 'max-size': '1m' } },
      },
      NetworkingConfig: {
        EndpointsConfig: {
          front: { Aliases: ['www'], IPAMConfig: { IPv4Address: '10.1.0.5', IPv6Address: 'fd00::5' } },
          back: { Links: ['db:database'] },
        },
      },
    });
  });

  it('lays what came in the words of the Engine over it, in whatever case: objects merge, all else replaces', () => {
    const { body, unknown } = toEngineCreate({
      image: 'a',
      cmd: ['x', 'y'],
      labels: { a: '1', b: '2' },
      resources: { memoryBytes: 1 },
      engine: {
        cmd: ['z'],
        LABELS: { b: '3', C: '4' },
        hostconfig: { shmsize: 5, NewInTheEngine: true },
        SomethingNew: 1,
      },
    });
    expect(body).toEqual({
      Image: 'a',
      Cmd: ['z'],
      Labels: { a: '1', b: '3', C: '4' },
      HostConfig: { Memory: 1, ShmSize: 5, NewInTheEngine: true },
      SomethingNew: 1,
    });
    expect(unknown).toEqual(['/HostConfig/NewInTheEngine', '/SomethingNew']);
  });

  it('takes no prototype for a member', () => {
    const engine = JSON.parse(
      '{"__proto__":{"Privileged":true},"HostConfig":{"__proto__":{"x":1}}}',
    ) as Record<string, unknown>;
    const { body, unknown } = toEngineCreate({ image: 'a', engine });
    expect(unknown).toEqual(['/__proto__', '/HostConfig/__proto__']);
    expect(Object.getPrototypeOf(body)).toBe(Object.prototype);
    expect(body['Privileged']).toBeUndefined();
  });

  it('refuses a network mode beside networks', () => {
    try {
      toEngineCreate({ image: 'a', networkMode: 'none', networks: [{ network: 'b' }] });
      expect.unreachable();
    } catch (error) {
      expect(isFairleadError(error, 'VALIDATION_FAILED')).toBe(true);
    }
  });
});

describe('what else a create call names', () => {
  const body = {
    HostConfig: {
      NetworkMode: 'container:net',
      PidMode: 'container:pid',
      IpcMode: 'private',
      VolumesFrom: ['src:ro', 'other'],
      Links: ['db:database'],
      Binds: ['named:/a', '/srv:/b', '/anonymous', 'also.named:/c:ro'],
      Mounts: [
        { Type: 'volume', Source: 'vol' },
        { Type: 'volume' },
        { Type: 'bind', Source: '/x' },
        'nonsense',
      ],
    },
    NetworkingConfig: { EndpointsConfig: { front: { Links: ['cache'] }, bridge: null } },
  };

  it('is found wherever it stands', () => {
    expect(namedObjects(body)).toEqual({
      containers: [
        { path: '/HostConfig/NetworkMode', ref: 'net', reach: 'network' },
        { path: '/HostConfig/PidMode', ref: 'pid', reach: 'processes' },
        { path: '/HostConfig/VolumesFrom/0', ref: 'src', reach: 'volumes' },
        { path: '/HostConfig/VolumesFrom/1', ref: 'other', reach: 'volumes' },
        { path: '/HostConfig/Links/0', ref: 'db', reach: 'link' },
        { path: '/NetworkingConfig/EndpointsConfig/front/Links/0', ref: 'cache', reach: 'link' },
      ],
      volumes: [
        { path: '/HostConfig/Binds/0', name: 'named' },
        { path: '/HostConfig/Binds/3', name: 'also.named' },
        { path: '/HostConfig/Mounts/0', name: 'vol' },
      ],
      networks: [{ path: '/NetworkingConfig/EndpointsConfig/front', name: 'front' }],
    });
  });

  it('is named by id once it was looked at', () => {
    const ids = new Map([
      ['net', 'id-net'],
      ['pid', 'id-pid'],
      ['src', 'id-src'],
    ]);
    const host = withContainerIds(body, ids)['HostConfig'];
    expect(host).toMatchObject({
      NetworkMode: 'container:id-net',
      PidMode: 'container:id-pid',
      IpcMode: 'private',
      VolumesFrom: ['id-src:ro', 'other'],
    });
  });
});

describe('the place of a violation in the request', () => {
  it.each([
    ['/HostConfig/Privileged', { privileged: true }, 'body/privileged'],
    ['/HostConfig/Privileged', {}, 'body/engine/HostConfig/Privileged'],
    ['/HostConfig/Mounts/1', { mounts: [] }, 'body/mounts/1'],
    ['/HostConfig/NetworkMode', { networkMode: 'host' }, 'body/networkMode'],
    ['/HostConfig/NetworkMode', { networks: [{ network: 'host' }] }, 'body/networks/0/network'],
    ['/HostConfig/LogConfig/Config/x', { logging: { driver: 'syslog' } }, 'body/logging/options/x'],
    ['/NetworkingConfig/EndpointsConfig/host', { networks: [] }, 'body/networks'],
    ['/HostConfig/Binds/0', {}, 'body/engine/HostConfig/Binds/0'],
  ])('%s of %j is %s', (pointer, spec, path) => {
    expect(specPath({ image: 'a', ...spec }, pointer)).toBe(path);
  });
});
