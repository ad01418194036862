import { createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ContainerDetails } from '../../src/domain/container.ts';
import {
  type Asker,
  type ContainersServer,
  containersServer,
  type Problem,
} from '../support/containers-server.ts';
import { engineJson, engineRequest } from '../support/engine-api.ts';
import { type TestScope, testScope } from '../support/scope.ts';
import { engines } from '../support/testbed.ts';
import { waitFor } from '../support/wait-for.ts';

interface Created {
  readonly id: string;
  readonly warnings: readonly string[];
}

interface Inspected {
  readonly Id: string;
  readonly Config: Record<string, unknown> & {
    readonly Env: readonly string[];
    readonly Labels: Record<string, string>;
  };
  readonly HostConfig: Record<string, unknown>;
  readonly State: { readonly Status: string; readonly Running: boolean };
  readonly Mounts: readonly { readonly Type: string; readonly Name?: string; readonly Destination: string }[];
  readonly NetworkSettings: {
    readonly Networks: Record<string, { readonly Aliases: readonly string[] | null }>;
  };
}

describe.each(engines())('changing containers over HTTP on Engine $name', (engine) => {
  let server: ContainersServer;
  let admin: Asker;
  let operator: Asker;
  beforeAll(async () => {
    server = await containersServer(engine);
    admin = await server.as({ role: 'admin' });
    operator = await server.as({ role: 'operator' });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const inspect = (ref: string) => engineJson<Inspected>(engine.socketPath, 'GET', `/containers/${ref}/json`);
  const exists = async (ref: string) =>
    (await engineRequest(engine.socketPath, 'GET', `/containers/${ref}/json`)).status === 200;
  const state = async (ref: string) =>
    (await operator.expect<ContainerDetails>(200, 'GET', `/containers/${ref}`)).state;

  function create(scope: TestScope, suffix: string, body: Record<string, unknown> = {}, as = operator) {
    const labels = { ...scope.labels, ...(body['labels'] as Record<string, string> | undefined) };
    const whole = {
      name: scope.name(suffix),
      image: 'busybox:latest',
      cmd: ['sleep', '600'],
      ...body,
      labels,
    };
    return as.ask('POST', '/containers', { body: whole });
  }
  async function created(
    scope: TestScope,
    suffix: string,
    body: Record<string, unknown> = {},
    as = operator,
  ) {
    const answer = await create(scope, suffix, body, as);
    if (answer.status !== 201) throw new Error(answer.text);
    return answer.json as Created;
  }
  async function refused(status: number, scope: TestScope, body: Record<string, unknown>, as = operator) {
    const answer = await create(scope, 'refused', body, as);
    if (answer.status !== status) throw new Error(`${answer.status} ${answer.text}`);
    expect(await exists(scope.name('refused'))).toBe(false);
    return answer.json as Problem;
  }

  describe('creating', () => {
    it('makes what the Engine then says it made', async () => {
      await using scope = await testScope(engine);
      const front = await scope.createNetwork('front');
      const back = await scope.createNetwork('back');
      const volume = await scope.createVolume('data');
      const { id } = await created(scope, 'web', {
        cmd: ['sh', '-c', 'sleep 600'],
        env: { A: 'b=c', EMPTY: '', 'with space': '"quoted" $dollar\nline' },
        labels: { tier: 'front' },
        hostname: 'web',
        user: '1000:1000',
        workingDir: '/tmp',
        tty: true,
        openStdin: true,
        stopSignal: 'SIGINT',
        stopTimeoutSeconds: 1,
        ports: [{ containerPort: 80, hostIp: '127.0.0.1' }],
        expose: ['53/udp'],
        mounts: [
          { type: 'volume', source: volume, target: '/data', readOnly: true },
          { type: 'volume', source: scope.name('new'), target: '/new', create: true },
          { type: 'tmpfs', target: '/scratch', tmpfsSizeBytes: 1_048_576 },
        ],
        networks: [{ network: front.name, aliases: ['www'] }, { network: back.name }],
        restartPolicy: { name: 'on-failure', maximumRetryCount: 3 },
        resources: { memoryBytes: 67_108_864, cpus: 0.5, pidsLimit: 100, cpuShares: 512 },
        ulimits: [{ name: 'nofile', soft: 100, hard: 200 }],
        healthcheck: { test: ['CMD', 'true'], intervalSeconds: 60, retries: 2 },
        capDrop: ['ALL'],
        capAdd: ['NET_BIND_SERVICE'],
        securityOpt: ['no-new-privileges'],
        sysctls: { 'net.core.somaxconn': '1024' },
        readOnlyRootfs: true,
        init: true,
        shmSizeBytes: 1_048_576,
        extraHosts: ['db:10.0.0.5'],
        dns: ['127.0.0.1'],
        logging: { driver: 'json-file', options: { 'max-size': '1m' } },
        engine: { hostconfig: { MEMORYSWAPPINESS: 0, GroupAdd: ['7'] }, domainName: 'example.org' },
      });
      const made = await inspect(id);
      expect(made.State.Status).toBe('running');
      expect(made.Config).toMatchObject({
        Cmd: ['sh', '-c', 'sleep 600'],
        Hostname: 'web',
        Domainname: 'example.org',
        User: '1000:1000',
        WorkingDir: '/tmp',
        Tty: true,
        OpenStdin: true,
        StopSignal: 'SIGINT',
        StopTimeout: 1,
        Healthcheck: { Test: ['CMD', 'true'], Interval: 60e9, Retries: 2 },
        ExposedPorts: { '53/udp': {}, '80/tcp': {} },
      });
      expect(made.Config.Env).toEqual(
        expect.arrayContaining(['A=b=c', 'EMPTY=', 'with space="quoted" $dollar\nline']),
      );
      expect(made.Config.Labels).toMatchObject({ tier: 'front' });
      expect(made.HostConfig).toMatchObject({
        Memory: 67_108_864,
        NanoCpus: 5e8,
        PidsLimit: 100,
        CpuShares: 512,
        MemorySwappiness: 0,
        GroupAdd: ['7'],
        RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 3 },
        Ulimits: [{ Name: 'nofile', Soft: 100, Hard: 200 }],
        SecurityOpt: ['no-new-privileges'],
        Sysctls: { 'net.core.somaxconn': '1024' },
        ReadonlyRootfs: true,
        Init: true,
        ShmSize: 1_048_576,
        ExtraHosts: ['db:10.0.0.5'],
        Dns: ['127.0.0.1'],
        LogConfig: { Type: 'json-file', Config: { 'max-size': '1m' } },
        Privileged: false,
      });
      expect(made.Mounts.map(({ Destination }) => Destination).sort()).toEqual(
        expect.arrayContaining(['/data', '/new']),
      );
      expect(Object.keys(made.NetworkSettings.Networks).sort()).toEqual([back.name, front.name].sort());
      expect(made.NetworkSettings.Networks[front.name]?.Aliases).toContain('www');
    });

    it('answers where it is, and only makes it with start: false', async () => {
      await using scope = await testScope(engine);
      const answer = await create(scope, 'x', { start: false });
      const { id } = answer.json as Created;
      expect(answer.headers.get('location')).toBe(`/api/v1/docker/containers/${id}`);
      expect(await state(id)).toBe('created');
    });

    it('takes an environment of a megabyte and a thousand labels', async () => {
      await using scope = await testScope(engine);
      const labels = Object.fromEntries(
        Array.from({ length: 1000 }, (_, index) => [`label.${index}`, `${index}`]),
      );
      const env = Object.fromEntries(
        Array.from({ length: 16 }, (_, index) => [`VALUE_${index}`, 'x'.repeat(65_536)]),
      );
      const { id } = await created(scope, 'large', { labels, env, start: false });
      const { Config } = await inspect(id);
      expect(Config.Labels).toMatchObject(labels);
      expect(Config.Env.join('').length).toBeGreaterThan(1_048_576);
      const details = await operator.expect<ContainerDetails>(200, 'GET', `/containers/${id}`);
      expect(details.env['VALUE_15']?.length).toBe(65_536);
    });

    it('makes one, however often the same request comes with an Idempotency-Key', async () => {
      await using scope = await testScope(engine);
      const body = { name: scope.name('once'), image: 'busybox:latest', labels: scope.labels, start: false };
      const headers = { 'idempotency-key': scope.prefix };
      const first = await operator.expect<Created>(201, 'POST', '/containers', { body, headers });
      const again = await operator.expect<Created>(201, 'POST', '/containers', { body, headers });
      expect(again).toEqual(first);
      const other = await operator.expect<Problem>(422, 'POST', '/containers', {
        body: { ...body, name: scope.name('twice') },
        headers,
      });
      expect(other.code).toBe('IDEMPOTENCY_KEY_REUSED');
    });

    it('leaves a trail of who did what to which, without what may be secret', async () => {
      await using scope = await testScope(engine);
      const { id } = await created(scope, 'x', { env: { PASSWORD: 'hunter2' } });
      await operator.expect(204, 'POST', `/containers/${scope.name('x')}/stop?timeoutSeconds=0`);
      await operator.expect(204, 'POST', `/containers/${id}/rename`, { body: { name: scope.name('y') } });
      await refused(403, scope, { privileged: true });
      interface Trail {
        readonly items: readonly Record<string, unknown>[];
      }
      const items = await waitFor(
        async () => {
          const trail = await admin.expect<Trail>(200, 'GET', '/audit?operation=containers.*&limit=4');
          return trail.items[0]?.['outcome'] === 'refused' ? trail.items : undefined;
        },
        { what: 'the trail to be written' },
      );
      expect(items).toMatchObject([
        { operation: 'containers.create', outcome: 'refused', errorCode: 'POLICY_VIOLATION', targetId: null },
        {
          ...{ operation: 'containers.rename', outcome: 'succeeded', targetId: id },
          details: { from: scope.name('x'), to: scope.name('y') },
        },
        {
          ...{ operation: 'containers.stop', outcome: 'succeeded', targetId: id },
          details: { name: scope.name('x'), timeoutSeconds: 0 },
        },
        { operation: 'containers.create', outcome: 'succeeded', targetId: id, host: 'local' },
      ]);
      expect(JSON.stringify(items)).not.toContain('hunter2');
    });

    it('says which image is missing', async () => {
      await using scope = await testScope(engine);
      const problem = await refused(404, scope, { image: 'nobody/has-this:1' });
      expect(problem.code).toBe('IMAGE_NOT_FOUND');
      expect(problem.detail).toContain('nobody/has-this:1');
    });

    it('says that a name is taken', async () => {
      await using scope = await testScope(engine);
      await created(scope, 'x', { start: false });
      const answer = await create(scope, 'x', { start: false });
      expect(answer.status).toBe(409);
      expect((answer.json as Problem).code).toBe('NAME_IN_USE');
    });

    it('makes no volume of a typo', async () => {
      await using scope = await testScope(engine);
      const source = scope.name('tpyo');
      const problem = await refused(404, scope, { mounts: [{ type: 'volume', source, target: '/x' }] });
      expect(problem.code).toBe('ENGINE_OBJECT_NOT_FOUND');
      expect(problem.errors).toEqual([
        {
          path: 'body/mounts/0/source',
          message: `there is no volume "${source}"; set create to have it made`,
        },
      ]);
      expect((await engineRequest(engine.socketPath, 'GET', `/volumes/${source}`)).status).toBe(404);
    });

    it('labels a volume that it makes with the stack', async () => {
      await using scope = await testScope(engine);
      const source = scope.name('new');
      const labels = { 'com.docker.compose.project': scope.prefix };
      await created(scope, 'x', { labels, mounts: [{ type: 'volume', source, target: '/x', create: true }] });
      const volume = await engineJson<{ Labels: object }>(engine.socketPath, 'GET', `/volumes/${source}`);
      expect(volume.Labels).toEqual(labels);
    });

    it('leaves nothing behind when it cannot be started, and gives the reason of the Engine', async () => {
      await using scope = await testScope(engine);
      const taken = createServer();
      await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
      const address = taken.address();
      const hostPort = typeof address === 'object' && address !== null ? address.port : 0;
      try {
        const byHost = await refused(409, scope, {
          ports: [{ containerPort: 80, hostIp: '127.0.0.1', hostPort }],
        });
        expect(byHost.code).toBe('CONFLICT');
        expect(byHost.detail).toMatch(/address already in use/);
      } finally {
        taken.close();
      }
      const first = await created(scope, 'first', { ports: [{ containerPort: 80, hostIp: '127.0.0.1' }] });
      const { NetworkSettings } = await engineJson<{
        NetworkSettings: { Ports: Record<string, { HostPort: string }[]> };
      }>(engine.socketPath, 'GET', `/containers/${first.id}/json`);
      const [binding] = NetworkSettings.Ports['80/tcp'] ?? [];
      const again = { containerPort: 80, hostIp: '127.0.0.1', hostPort: Number(binding?.HostPort) };
      const byOther = await refused(409, scope, { ports: [again] });
      expect(byOther.detail).toMatch(/port is already allocated/);

      const missing = await refused(400, scope, { cmd: ['/no/such/program'] });
      expect(missing.code).toBe('ENGINE_REJECTED');
      expect(missing.detail).toMatch(/no such file or directory/);
      const removing = await refused(400, scope, { cmd: ['/no/such/program'], autoRemove: true });
      expect(removing.code).toBe('ENGINE_REJECTED');
      const network = await refused(404, scope, { networks: [{ network: scope.name('none') }] });
      expect(network.code).toBe('ENGINE_OBJECT_NOT_FOUND');
    });

    it('leaves nothing behind when the second of two networks is missing', async () => {
      await using scope = await testScope(engine);
      const { name } = await scope.createNetwork();
      const networks = [{ network: name }, { network: scope.name('none') }];
      const problem = await refused(404, scope, { networks });
      expect(problem.code).toBe('ENGINE_OBJECT_NOT_FOUND');
    });

    it.each([
      [{ image: undefined }, 'body/image'],
      [{ image: 5 }, 'body/image'],
      [{ name: '../x' }, 'body/name'],
      [{ name: 'a b' }, 'body/name'],
      [{ name: 'x' }, 'body/name'],
      [{ name: 'ü'.repeat(3) }, 'body/name'],
      [{ cmd: 'sleep 600' }, 'body/cmd'],
      [{ env: ['A=b'] }, 'body/env'],
      [{ env: { 'A=B': 'c' } }, 'body/env'],
      [{ env: { A: 1 } }, 'body/env/A'],
      [{ labels: { a: null } }, 'body/labels/a'],
      [{ ports: [{ containerPort: 70_000 }] }, 'body/ports/0/containerPort'],
      [{ ports: [{ containerPort: '80' }] }, 'body/ports/0/containerPort'],
      [{ mounts: [{ type: 'nfs', target: '/x' }] }, 'body/mounts/0/type'],
      [{ restartPolicy: { name: 'sometimes' } }, 'body/restartPolicy/name'],
      [{ resources: { memory: '1g' } }, 'body/resources/memory'],
      [{ start: 'yes' }, 'body/start'],
      [{ colour: 'red' }, 'body/colour'],
      [{ engine: [] }, 'body/engine'],
      [{ networkMode: 'none', networks: [{ network: 'bridge' }] }, 'body/networkMode'],
    ])('refuses %j and says where it is', async (body, path) => {
      const whole = { image: 'busybox:latest', ...body };
      const problem = await operator.expect<Problem>(400, 'POST', '/containers', { body: whole });
      expect(problem.code).toBe('VALIDATION_FAILED');
      expect(problem.errors?.map((error) => error.path)).toContain(path);
    });

    it('refuses what is no JSON object', async () => {
      const headers = { 'content-type': 'application/json' };
      const broken = await fetch(`${server.url}/containers`, {
        method: 'POST',
        headers: { ...headers, authorization: `Bearer ${operator.token}` },
        body: '{"image":',
      });
      expect(broken.status).toBe(400);
      expect(await broken.json()).toMatchObject({ code: 'INVALID_JSON' });
      expect((await operator.ask('POST', '/containers', { body: ['busybox'] })).status).toBe(400);
      expect((await operator.ask('POST', '/containers', { headers })).status).toBe(400);
      expect((await operator.ask('POST', '/containers')).status).toBe(400);
      const polluted = await fetch(`${server.url}/containers`, {
        method: 'POST',
        headers: { ...headers, authorization: `Bearer ${operator.token}` },
        body: '{"image":"busybox:latest","engine":{"__proto__":{"HostConfig":{"Privileged":true}}}}',
      });
      expect(polluted.status).toBe(400);
    });

    it('makes one when its caller leaves, or none, but none that is half made', async () => {
      await using scope = await testScope(engine);
      const leaving = new AbortController();
      const body = {
        name: scope.name('left'),
        image: 'busybox:latest',
        cmd: ['sleep', '600'],
        labels: scope.labels,
      };
      const asked = operator.ask('POST', '/containers', { body, signal: leaving.signal });
      await delay(30);
      leaving.abort();
      await expect(asked).rejects.toThrow();
      await waitFor(
        async () => {
          const answer = await engineRequest(engine.socketPath, 'GET', `/containers/${body.name}/json`);
          return answer.status === 404 || (JSON.parse(answer.body.toString()) as Inspected).State.Running;
        },
        { what: 'the container to run or to be gone' },
      );
    });
  });

  describe('the policy', () => {
    const engineSpellings = [
      { HostConfig: { Privileged: true } },
      { hostconfig: { privileged: true } },
      { HOSTCONFIG: { PRIVILEGED: true } },
      { 'ho\u017ftConfig': { privileged: true } },
      { HostConfig: { 'Networ\u212aMode': 'host' } },
      { HostConfig: null, Privileged: true },
      { hostConfig: { 'bind\u017f': ['/etc:/x'] } },
      { HostConfig: { Mounts: [{ type: 'bind', source: '/etc', target: '/x' }] } },
      { HostConfig: { CapAdd: 'sys_admin' } },
      { HostConfig: { SomethingNew: true } },
    ];

    it('refuses what goes too far in whatever spelling, before anything is made', async () => {
      await using scope = await testScope(engine);
      for (const body of engineSpellings) {
        const problem = await refused(403, scope, { engine: body });
        expect(problem.code, JSON.stringify(body)).toBe('POLICY_VIOLATION');
      }
    });

    it('names everything that goes too far, where it stands', async () => {
      await using scope = await testScope(engine);
      const problem = await refused(403, scope, {
        privileged: true,
        pidMode: 'host',
        networkMode: 'host',
        mounts: [
          { type: 'bind', source: '/var/run/docker.sock', target: '/s' },
          { type: 'bind', source: '/etc', target: '/e' },
        ],
        capAdd: ['SYS_ADMIN'],
        devices: [{ hostPath: '/dev/kmsg' }],
        engine: { HostConfig: { Runtime: 'other' } },
      });
      expect(problem.errors?.map(({ path }) => path).sort()).toEqual([
        'body/capAdd/0',
        'body/devices',
        'body/engine/HostConfig/Runtime',
        'body/mounts/0',
        'body/mounts/1',
        'body/networkMode',
        'body/pidMode',
        'body/privileged',
      ]);
      expect(problem.detail).toContain(
        'The role operator may not ask for: privileged containers; host namespaces',
      );
    });

    it('refuses two spellings of one name also to admins', async () => {
      await using scope = await testScope(engine);
      const twice = { engine: { HostConfig: { Privileged: false, privileged: true } } };
      expect((await refused(400, scope, twice, admin)).code).toBe('VALIDATION_FAILED');
    });

    it('sends for admins what they asked for', async () => {
      await using scope = await testScope(engine);
      const { id } = await created(
        scope,
        'x',
        { start: false, privileged: true, engine: { hostconfig: { binds: ['/etc:/mnt:ro'] } } },
        admin,
      );
      expect((await inspect(id)).HostConfig).toMatchObject({ Privileged: true, Binds: ['/etc:/mnt:ro'] });
    });

    it('lends nothing of a container that was made by an admin', async () => {
      await using scope = await testScope(engine);
      const agent = await scope.createContainer('agent', {
        HostConfig: { Binds: ['/etc:/host-etc'], PidMode: 'host', NetworkMode: 'host' },
      });
      const problem = await refused(403, scope, {
        pidMode: `container:${agent.name}`,
        networkMode: `container:${agent.id.slice(0, 20)}`,
        engine: { HostConfig: { VolumesFrom: [agent.name] } },
      });
      expect(problem.errors?.map(({ path }) => path)).toEqual([
        'body/networkMode',
        'body/pidMode',
        'body/engine/HostConfig/VolumesFrom/0',
      ]);
    });

    it('joins a container that has nothing of the host, by its id', async () => {
      await using scope = await testScope(engine);
      const web = await scope.runContainer('web');
      const { id } = await created(scope, 'side', {
        networkMode: `container:${web.name}`,
        pidMode: `container:${web.name}`,
      });
      expect((await inspect(id)).HostConfig).toMatchObject({
        NetworkMode: `container:${web.id}`,
        PidMode: `container:${web.id}`,
      });
    });

    it('mounts no volume behind which the host is', async () => {
      await using scope = await testScope(engine);
      await engineJson(engine.socketPath, 'POST', '/volumes/create', {
        Name: scope.name('etc'),
        Labels: scope.labels,
        DriverOpts: { type: 'none', o: 'bind', device: '/etc' },
      });
      const problem = await refused(403, scope, {
        mounts: [{ type: 'volume', source: scope.name('etc'), target: '/x' }],
      });
      expect(problem.errors?.[0]?.path).toBe('body/mounts/0');
    });

    it('allows folders below the roots that the server was given, and no others', async () => {
      await using scope = await testScope(engine);
      await using generous = await containersServer(engine, { allowedBindRoots: ['/usr/share'] });
      const asker = await generous.as({ role: 'operator' });
      const mounts = (source: string) => ({
        mounts: [{ type: 'bind', source, target: '/x', readOnly: true }],
      });
      const { id } = await created(scope, 'x', mounts('/usr/share'), asker);
      expect((await inspect(id)).Mounts).toMatchObject([{ Type: 'bind', Source: '/usr/share' }]);
      for (const source of ['/usr', '/usr/share/../bin', '/usr/sharepoint', '/etc', '/']) {
        expect((await refused(403, scope, mounts(source), asker)).code).toBe('POLICY_VIOLATION');
      }
    });

    it('lets a narrowed token make containers of its stacks only', async () => {
      await using scope = await testScope(engine);
      const stack = scope.prefix;
      const narrowed = await server.as({ role: 'operator', stacks: [stack] });
      const without = await refused(403, scope, {}, narrowed);
      expect(without.code).toBe('FORBIDDEN');
      expect(without.detail).toContain(`com.docker.compose.project with one of: ${stack}`);
      const labels = { 'com.docker.compose.project': stack };
      const mounts = [{ type: 'volume', source: scope.name('own'), target: '/x', create: true }];
      const { id } = await created(scope, 'own', { labels, mounts }, narrowed);
      // The volume that it made is within its narrowing now.
      await created(scope, 'second', { labels, mounts: [{ ...mounts[0], create: false }] }, narrowed);
      await narrowed.expect(204, 'DELETE', `/containers/${id}?force=true`);
      const foreign = await scope.createVolume('foreign');
      const beyond = await refused(
        403,
        scope,
        { labels, mounts: [{ type: 'volume', source: foreign, target: '/x' }] },
        narrowed,
      );
      expect(beyond.code).toBe('POLICY_VIOLATION');
    });
  });

  describe('the life of a container', () => {
    it('goes from one state to the next, and staying is no error', async () => {
      await using scope = await testScope(engine);
      const { name } = await scope.createContainer('x', { StopTimeout: 1 });
      const steps = [
        ['start', 'running'],
        ['start', 'running'],
        ['pause', 'paused'],
        ['pause', 'paused'],
        ['unpause', 'running'],
        ['unpause', 'running'],
        ['restart?timeoutSeconds=0', 'running'],
        ['stop?timeoutSeconds=0', 'exited'],
        ['stop', 'exited'],
        ['start', 'running'],
        ['kill', 'exited'],
      ] as const;
      for (const [verb, after] of steps) {
        await operator.expect(204, 'POST', `/containers/${name}/${verb}`);
        if (verb === 'kill') await operator.expect(200, 'POST', `/containers/${name}/wait`);
        expect(await state(name), verb).toBe(after);
      }
    });

    it('refuses what its state does not allow', async () => {
      await using scope = await testScope(engine);
      const { name } = await scope.createContainer('x');
      for (const verb of ['kill', 'pause', 'unpause']) {
        const problem = await operator.expect<Problem>(409, 'POST', `/containers/${name}/${verb}`);
        expect(problem.code, verb).toBe('CONTAINER_NOT_RUNNING');
      }
      await operator.expect(204, 'POST', `/containers/${name}/start`);
      expect((await operator.expect<Problem>(409, 'DELETE', `/containers/${name}`)).code).toBe('CONFLICT');
      await operator.expect(204, 'POST', `/containers/${name}/pause`);
      const paused = await operator.expect<Problem>(409, 'POST', `/containers/${name}/start`);
      expect(paused.code).toMatch(/CONFLICT|CONTAINER_PAUSED/);
      await operator.expect(204, 'DELETE', `/containers/${name}?force=true`);
    });

    it('takes signals and times from the query and from the body', async () => {
      await using scope = await testScope(engine);
      const trap = (signal: string, code: number) =>
        `trap "exit ${code}" ${signal}; while :; do sleep 0.05; done`;
      const exitAfter = async (script: string, verb: string, body?: object) => {
        const { id } = await scope.runContainer(undefined, { Cmd: ['sh', '-c', script] });
        await delay(200); // Until the shell has set its trap: nothing outside tells.
        await operator.expect(204, 'POST', `/containers/${id}/${verb}`, { body });
        const { exitCode } = await operator.expect<{ exitCode: number }>(
          200,
          'POST',
          `/containers/${id}/wait`,
        );
        return exitCode;
      };
      expect(await exitAfter(trap('USR1', 7), 'kill?signal=SIGUSR1')).toBe(7);
      expect(await exitAfter(trap('USR1', 8), 'kill', { signal: 'usr1' })).toBe(8);
      expect(await exitAfter(trap('INT', 9), 'stop?signal=SIGINT&timeoutSeconds=20')).toBe(9);
      expect(await exitAfter(trap('TERM', 10), 'stop', { timeoutSeconds: 20 })).toBe(10);
      expect(await exitAfter('trap "" TERM; while :; do sleep 0.05; done', 'stop?timeoutSeconds=0')).toBe(
        137,
      );
    });

    it.each([
      ['kill?signal=SIGNOPE', 400, 'ENGINE_REJECTED'],
      ['kill?signal=rm%20-rf', 400, 'VALIDATION_FAILED'],
      ['stop?timeoutSeconds=soon', 400, 'VALIDATION_FAILED'],
      ['stop?timeoutSeconds=-2', 400, 'VALIDATION_FAILED'],
      ['stop?timeoutSeconds=1.5', 400, 'VALIDATION_FAILED'],
      ['start?now=true', 400, 'VALIDATION_FAILED'],
      ['wait?condition=bored', 400, 'VALIDATION_FAILED'],
    ])('refuses %s', async (verb, status, code) => {
      await using scope = await testScope(engine);
      const { id } = await scope.runContainer();
      const problem = await operator.expect<Problem>(status, 'POST', `/containers/${id}/${verb}`);
      expect(problem.code).toBe(code);
      expect(await state(id)).toBe('running');
    });

    it('can be waited for: until it ends, until its next end, until it is gone', async () => {
      await using scope = await testScope(engine);
      const { id } = await scope.runContainer('x', { Cmd: ['sh', '-c', 'sleep 0.7; exit 42'] });
      const waits = ['', '?condition=not-running', '?condition=next-exit'].map((query) =>
        operator.expect(200, 'POST', `/containers/${id}/wait${query}`),
      );
      const gone = operator.expect(200, 'POST', `/containers/${id}/wait`, { body: { condition: 'removed' } });
      expect(await Promise.all(waits)).toEqual([
        { exitCode: 42, error: null },
        { exitCode: 42, error: null },
        { exitCode: 42, error: null },
      ]);
      await operator.expect(204, 'DELETE', `/containers/${id}`);
      expect(await gone).toMatchObject({ exitCode: 42 });
    });

    it('ends the waiting at the Engine when its caller leaves', async () => {
      await using scope = await testScope(engine);
      const { id } = await scope.runContainer('x');
      // The server runs in this process; a wait that goes on at the Engine holds a connection.
      const connections = () => process.getActiveResourcesInfo().filter((kind) => kind === 'PipeWrap').length;
      const before = connections();
      const leaving = new AbortController();
      const waits = Array.from({ length: 20 }, () =>
        operator
          .ask('POST', `/containers/${id}/wait`, { signal: leaving.signal })
          .catch((error: unknown) => error),
      );
      await waitFor(() => connections() >= before + 15, { what: 'the waits to reach the Engine' });
      leaving.abort();
      await Promise.all(waits);
      await waitFor(() => connections() <= before + 2, { what: 'their connections to end' });
      expect(await state(id)).toBe('running');
    });
  });

  describe('changing one', () => {
    it('renames it, keeps others from its name, and lets one of two at once win', async () => {
      await using scope = await testScope(engine);
      const { id } = await scope.createContainer('x');
      const other = await scope.createContainer('y');
      const rename = (ref: string, name: unknown) =>
        operator.ask('POST', `/containers/${ref}/rename`, { body: { name } });
      expect((await rename(id, scope.name('z'))).status).toBe(204);
      expect((await rename(id, scope.name('z'))).status).toBe(204);
      const taken = await rename(id, other.name);
      expect([taken.status, (taken.json as Problem).code]).toEqual([409, 'NAME_IN_USE']);
      for (const name of ['', '/', '../x', 'a b', 5, null])
        expect((await rename(id, name)).status, String(name)).toBe(400);

      const both = await Promise.all([rename(id, scope.name('same')), rename(other.id, scope.name('same'))]);
      expect(both.map(({ status }) => status).sort()).toEqual([204, 409]);
      const two = await Promise.all([rename(id, scope.name('a')), rename(id, scope.name('b'))]);
      expect(two.map(({ status }) => status)).toEqual([204, 204]);
      const { name } = await operator.expect<ContainerDetails>(200, 'GET', `/containers/${id}`);
      expect([scope.name('a'), scope.name('b')]).toContain(name);
    });

    it('changes limits and restart policy while it runs', async () => {
      await using scope = await testScope(engine);
      const { id } = await scope.runContainer('x', {
        HostConfig: { Memory: 64e6, MemorySwap: 64e6, CpuShares: 300 },
      });
      const body = {
        resources: { memoryBytes: 134_217_728, memorySwapBytes: 134_217_728, cpus: 0.25, pidsLimit: 50 },
        restartPolicy: { name: 'unless-stopped' },
      };
      expect(await operator.expect(200, 'PATCH', `/containers/${id}`, { body })).toEqual({ warnings: [] });
      expect((await inspect(id)).HostConfig).toMatchObject({
        Memory: 134_217_728,
        NanoCpus: 250_000_000,
        PidsLimit: 50,
        CpuShares: 300,
        RestartPolicy: { Name: 'unless-stopped' },
      });
      const details = await operator.expect<ContainerDetails>(200, 'GET', `/containers/${id}`);
      expect(details.resources).toMatchObject({ cpus: 0.25, pidsLimit: 50, cpuShares: 300 });
      for (const wrong of [{}, { name: 'x' }, { resources: { cpus: '1' } }, { resources: { cores: 1 } }]) {
        expect((await operator.ask('PATCH', `/containers/${id}`, { body: wrong })).status).toBe(400);
      }
      const small = await operator.expect<Problem>(400, 'PATCH', `/containers/${id}`, {
        body: { resources: { memoryBytes: 1 } },
      });
      expect(small.code).toBe('ENGINE_REJECTED');
    });

    it('makes an image of it', async () => {
      await using scope = await testScope(engine);
      const { id } = await scope.runContainer('x', { Cmd: ['sh', '-c', 'echo hello > /file; sleep 600'] });
      const body = {
        repository: scope.name('image'),
        tag: 'v1',
        comment: 'a comment',
        author: 'somebody',
        changes: ['ENV A=b', 'LABEL c=d'],
      };
      const made = await operator.expect<{ imageId: string; reference: string }>(
        201,
        'POST',
        `/containers/${id}/commit`,
        { body },
      );
      expect(made.reference).toBe(`${scope.name('image')}:v1`);
      const image = await engineJson<{
        Id: string;
        Comment: string;
        Author: string;
        Config: { Env: string[]; Labels: Record<string, string> };
      }>(engine.socketPath, 'GET', `/images/${made.reference}/json`);
      expect(image).toMatchObject({ Id: made.imageId, Comment: 'a comment', Author: 'somebody' });
      expect(image.Config.Env).toContain('A=b');
      expect(image.Config.Labels).toMatchObject({ c: 'd' });

      const nameless = await operator.expect<{ imageId: string; reference: null }>(
        201,
        'POST',
        `/containers/${id}/commit`,
      );
      expect(nameless.reference).toBeNull();
      const latest = await operator.expect<{ reference: string }>(201, 'POST', `/containers/${id}/commit`, {
        body: { repository: scope.name('image'), pause: false },
      });
      expect(latest.reference).toBe(`${scope.name('image')}:latest`);
      await engineRequest(engine.socketPath, 'DELETE', `/images/${nameless.imageId}?force=1`);
    });

    it.each([
      [{ repository: 'Capital' }, 'body/repository', 'capital letters'],
      [{ repository: 'a//b' }, 'body/repository', 'two slashes'],
      [{ repository: 'a', tag: '.x' }, 'body/tag', 'the tag ".x"'],
      [{ repository: 'a:1', tag: '2' }, 'body/tag', 'has a tag already'],
      [{ tag: '2' }, 'body/tag', 'needs a repository'],
      [{ repository: `a@sha256:${'0'.repeat(64)}` }, 'body/repository', 'no digest yet'],
    ])('refuses to commit as %j', async (body, path, why) => {
      const problem = await operator.expect<Problem>(400, 'POST', '/containers/whatever/commit', { body });
      expect(problem.errors?.[0]?.path).toBe(path);
      expect(problem.errors?.[0]?.message).toContain(why);
    });

    it('says what is wrong with a line of a Dockerfile', async () => {
      await using scope = await testScope(engine);
      const { id } = await scope.createContainer();
      const problem = await operator.expect<Problem>(400, 'POST', `/containers/${id}/commit`, {
        body: { changes: ['RUN rm -rf /'] },
      });
      expect(problem.detail).toMatch(/run is not a valid change command/i);
    });
  });

  describe('removing', () => {
    it('takes the anonymous volumes with it when asked to', async () => {
      await using scope = await testScope(engine);
      const { id } = await scope.createContainer('x', { Volumes: { '/data': {} } });
      const volume = (await inspect(id)).Mounts[0]?.Name ?? '';
      await operator.expect(204, 'DELETE', `/containers/${id}?volumes=true`);
      expect((await engineRequest(engine.socketPath, 'GET', `/volumes/${volume}`)).status).toBe(404);
      await operator.expect(404, 'DELETE', `/containers/${id}`);
    });

    it('answers everyone who removes the same one at once', async () => {
      await using scope = await testScope(engine);
      const { id } = await scope.runContainer('x');
      const answers = await Promise.all(
        Array.from({ length: 5 }, () => operator.ask('DELETE', `/containers/${id}?force=true`)),
      );
      expect(answers.filter(({ status }) => status === 204).length).toBeGreaterThan(0);
      for (const { status } of answers) expect([204, 404, 409]).toContain(status);
      expect(await exists(id)).toBe(false);
    });
  });
});
