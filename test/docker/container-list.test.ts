import { describe, expect, it } from 'vitest';
import type { Engine } from '../../src/docker/engine.ts';
import { isFairleadError } from '../../src/domain/errors.ts';
import { engineJson, engineRequest } from '../support/engine-api.ts';
import { openTestEngine } from '../support/open-engine.ts';
import { type TestScope, testScope } from '../support/scope.ts';
import { engines } from '../support/testbed.ts';
import { waitFor } from '../support/wait-for.ts';

interface Listed {
  Id: string;
  Names: string[];
  State: string;
  Image: string;
  Command: string;
}

const OFF = { HostConfig: { NetworkMode: 'none' } };

/** The Engine's own answer to a query. */
async function asked(scope: TestScope, query: string): Promise<Listed[] | string> {
  const { status, body } = await engineRequest(scope.socketPath, 'GET', `/containers/json?${query}`);
  return status === 200 ? JSON.parse(body.toString()) : body.toString();
}

/** Compares a list with the Engine's own; only the scope's containers count, because others work on the Engine too. */
async function same(
  engine: Engine,
  scope: TestScope,
  query: { all?: boolean; limit?: number; filters?: Record<string, string[]> },
): Promise<string[]> {
  const search = new URLSearchParams({
    ...(query.all ? { all: 'true' } : {}),
    ...(query.limit === undefined ? {} : { limit: String(query.limit) }),
    ...(query.filters === undefined ? {} : { filters: JSON.stringify(query.filters) }),
  });
  const mine = (name: string) => name.startsWith(scope.prefix);
  const theirs = await asked(scope, search.toString());
  const ours = await engine.containers.list(query).catch((error: unknown) => {
    if (isFairleadError(error) && error.code !== 'ENGINE_ERROR') return error.message;
    throw error;
  });
  const label = JSON.stringify(query);
  if (typeof theirs === 'string' || typeof ours === 'string') {
    expect({ message: ours }, label).toEqual(typeof theirs === 'string' ? JSON.parse(theirs) : theirs);
    return [];
  }
  const expected = theirs.map((one) => [
    one.Id,
    one.Names.map((name) => name.slice(1)).sort(),
    one.State,
    one.Image,
  ]);
  const actual = ours.map((one) => [one.id, one.names, one.state, one.image]);
  const belongs = (one: readonly (string | readonly string[])[]) => (one[1] as string[]).some(mine);
  expect(actual.filter(belongs), label).toEqual(expected.filter(belongs));
  return ours.map(({ name }) => name).filter(mine);
}

describe.each(engines())('lists of Engine $name', (testEngine) => {
  const open = () => openTestEngine({ kind: 'unix', path: testEngine.socketPath });

  it('answer every filter as the Engine does, from the snapshot or by asking it', async () => {
    await using scope = await testScope(testEngine);
    await using engine = open();
    const network = await scope.createNetwork('net');
    const volume = await scope.createVolume('vol');
    const web = await scope.runContainer('web', {
      Labels: { role: 'web', 'with.dots': 'a=b', empty: '' },
      HostConfig: {
        NetworkMode: network.name,
        Binds: [`${volume}:/data`, '/tmp:/host-tmp'],
        PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '' }] },
      },
      ExposedPorts: { '80/tcp': {}, '53/udp': {} },
    });
    const db = await scope.runContainer('db.1', {
      ...OFF,
      Labels: { role: 'db' },
      Healthcheck: { Test: ['CMD', 'true'], Interval: 100_000_000, Retries: 1 },
    });
    const sick = await scope.runContainer('sick', {
      ...OFF,
      Healthcheck: { Test: ['CMD', 'false'], Interval: 100_000_000, Retries: 1 },
    });
    const failed = await scope.runContainer('failed', { ...OFF, Cmd: ['sh', '-c', 'exit 3'] });
    const zero = await scope.runContainer('zero', { ...OFF, Cmd: ['true'] });
    await scope.createContainer('fresh', OFF);
    const broken = await scope.createContainer('broken', { ...OFF, Cmd: ['/no/such/program'] });
    expect((await engineRequest(scope.socketPath, 'POST', `/containers/${broken.id}/start`)).status).not.toBe(
      204,
    );
    const paused = await scope.runContainer('paused', OFF);
    await engineRequest(scope.socketPath, 'POST', `/containers/${paused.id}/pause`);
    const again = await scope.runContainer('again', {
      ...OFF,
      Cmd: ['sh', '-c', 'exit 4'],
      HostConfig: { NetworkMode: 'none', RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 1 } },
    });
    const state = async (id: string) =>
      engineJson<{ State: { Status: string; Health?: { Status: string } }; RestartCount: number }>(
        scope.socketPath,
        'GET',
        `/containers/${id}/json`,
      );
    await waitFor(
      async () =>
        (await state(db.id)).State.Health?.Status === 'healthy' &&
        (await state(sick.id)).State.Health?.Status === 'unhealthy' &&
        (await state(failed.id)).State.Status === 'exited' &&
        (await state(zero.id)).State.Status === 'exited' &&
        (await state(again.id)).State.Status === 'exited' &&
        (await state(again.id)).RestartCount === 1,
      { what: 'all containers to be as they are to be' },
    );
    await waitFor(
      async () => {
        const known = await engine.containers.list({ all: true });
        const one = (name: string) => known.find((container) => container.name === scope.name(name));
        return (
          one('db.1')?.health === 'healthy' &&
          one('sick')?.health === 'unhealthy' &&
          one('again')?.restartCount === 1
        );
      },
      { what: 'the events of all that to arrive' },
    );

    const label = [`fairlead.test.scope=${scope.prefix}`];
    const ours = { label };
    const found: Record<string, string[]> = {};
    const check = async (name: string, query: Parameters<typeof same>[2]) => {
      found[name] = (await same(engine, scope, query)).map((one) => one.slice(scope.prefix.length + 1));
    };
    await check('running', {});
    await check('all', { all: true });
    for (const limit of [0, 1, 3, 100]) {
      await check(`limit ${limit}`, { limit });
      await check(`limit ${limit} of ours`, { limit, filters: ours });
      await check(`limit ${limit} of the running`, { limit, filters: { ...ours, status: ['running'] } });
    }
    for (const all of [false, true]) {
      for (const status of [
        'created',
        'running',
        'paused',
        'restarting',
        'removing',
        'exited',
        'dead',
        'bogus',
        '',
      ]) {
        await check(`status ${status} ${all}`, { all, filters: { ...ours, status: [status] } });
      }
      await check(`two statuses ${all}`, { all, filters: { ...ours, status: ['created', 'paused'] } });
      for (const health of ['none', 'starting', 'healthy', 'unhealthy', 'bogus']) {
        await check(`health ${health} ${all}`, { all, filters: { ...ours, health: [health] } });
      }
      for (const exited of ['0', '3', '4', '127', '-1', '00', '+3', 'x', '']) {
        await check(`exited ${exited} ${all}`, { all, filters: { ...ours, exited: [exited] } });
      }
      const { prefix } = scope;
      const names = [
        ...[
          'web',
          `${prefix}-web`,
          `/${prefix}-web`,
          `^/${prefix}-web$`,
          `^${prefix}-web$`,
          'db.1',
          'dbX1',
          'db',
          '^web',
          'e',
        ],
        ...[
          '',
          '^/',
          '[wd]eb',
          'web|zero',
          `${prefix}-(web|zero)`,
          'WEB',
          '(?i)WEB',
          'nothing-like-it',
          '[',
          '\\w',
        ],
      ];
      for (const name of names)
        await check(`name ${name} ${all}`, { all, filters: { ...ours, name: [name] } });
      await check(`two names ${all}`, { all, filters: { ...ours, name: ['web', 'zero'] } });
      for (const one of [
        'role',
        'role=web',
        'role=',
        'role=WEB',
        'with.dots=a=b',
        'empty',
        'empty=',
        'nothing',
        '',
      ]) {
        await check(`label ${one} ${all}`, { all, filters: { label: [...label, one] } });
      }
      const ids = [web.id, web.id.slice(0, 12), web.id.slice(3, 20), 'zz', ''];
      for (const id of ids) await check(`id ${id} ${all}`, { all, filters: { ...ours, id: [id] } });
      for (const one of [
        network.name,
        network.id,
        network.id.slice(0, 8),
        'none',
        'bridge',
        'no-such-network',
        '',
      ]) {
        await check(`network ${one} ${all}`, { all, filters: { ...ours, network: [one] } });
      }
      for (const one of [volume, '/data', '/host-tmp', '/tmp', '/dat', 'no-such-volume', '']) {
        await check(`volume ${one} ${all}`, { all, filters: { ...ours, volume: [one] } });
      }
      for (const one of ['busybox', 'busybox:latest', 'no-such-image']) {
        await check(`ancestor ${one} ${all}`, { all, filters: { ...ours, ancestor: [one] } });
      }
      for (const one of ['80', '80/tcp', '53/udp', '1-100', '99/tcp']) {
        await check(`expose ${one} ${all}`, { all, filters: { ...ours, expose: [one] } });
        await check(`publish ${one} ${all}`, { all, filters: { ...ours, publish: [one] } });
      }
      await check(`before ${all}`, { all, filters: { ...ours, before: [db.id] } });
      await check(`since ${all}`, { all, filters: { ...ours, since: [scope.name('db.1')] } });
      await check(`since nothing ${all}`, { all, filters: { ...ours, since: ['nothing'] } });
      await check(`is-task ${all}`, { all, filters: { ...ours, 'is-task': ['false'] } });
      await check(`unknown ${all}`, { all, filters: { ...ours, colour: ['red'] } });
      await check(`several ${all}`, {
        all,
        filters: { ...ours, status: ['running'], name: ['e'], health: ['none'] },
      });
      await check(`empty value lists ${all}`, { all, filters: { ...ours, status: [], name: [] } });
    }
    // So that what was compared was not empty on both sides.
    expect(found['running']?.sort()).toEqual(['db.1', 'paused', 'sick', 'web']);
    expect(found['all']).toHaveLength(9);
    expect(found['exited 3 true']).toEqual(['failed']);
    expect(found['health healthy true']).toEqual(['db.1']);
    expect(found['volume /data true']).toEqual(['web']);
    expect(found[`network ${network.id.slice(0, 8)} true`]).toEqual(['web']);
    expect(found['limit 1 of ours']).toEqual(['again']);
    expect(found['expose 80/tcp true']).toEqual(['web']);
  }, 120_000);

  it('tell what the Engine tells of a container, in this API’s words', async () => {
    await using scope = await testScope(testEngine);
    await using engine = open();
    const network = await scope.createNetwork('net');
    const volume = await scope.createVolume('vol');
    const { id } = await scope.runContainer('web', {
      Cmd: ['sh', '-c', 'echo it is up; exec sleep 600'],
      Labels: { 'com.docker.compose.project': 'shop', 'com.docker.compose.service': 'web' },
      HostConfig: {
        NetworkMode: network.name,
        Mounts: [
          { Type: 'volume', Source: volume, Target: '/data', ReadOnly: true },
          { Type: 'tmpfs', Target: '/scratch' },
          { Type: 'bind', Source: '/tmp', Target: '/host' },
        ],
        PortBindings: { '80/tcp': [{ HostIp: '127.0.0.1', HostPort: '' }] },
      },
      NetworkingConfig: { EndpointsConfig: { [network.name]: { Aliases: ['www'] } } },
      ExposedPorts: { '80/tcp': {}, '53/udp': {} },
    });
    const [one] = await engine.containers.list({ filters: { id: [id] } });
    const raw = await engineJson<{
      Created: string;
      State: { StartedAt: string };
      NetworkSettings: {
        Networks: Record<string, { IPAddress: string }>;
        Ports: Record<string, { HostPort: string }[]>;
      };
    }>(scope.socketPath, 'GET', `/containers/${id}/json`);
    const publicPort = Number(raw.NetworkSettings.Ports['80/tcp']?.[0]?.HostPort);
    expect(one).toMatchObject({
      id,
      name: scope.name('web'),
      names: [scope.name('web')],
      image: 'busybox:latest',
      imageId: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      command: "sh -c 'echo it is up; exec sleep 600'",
      createdAt: new Date(raw.Created).toISOString(),
      startedAt: new Date(raw.State.StartedAt).toISOString(),
      finishedAt: null,
      state: 'running',
      health: 'none',
      exitCode: null,
      ports: [
        { ip: null, privatePort: 53, publicPort: null, protocol: 'udp' },
        { ip: '127.0.0.1', privatePort: 80, publicPort, protocol: 'tcp' },
      ],
      mounts: [
        { type: 'volume', name: volume, destination: '/data', readOnly: true },
        { type: 'bind', source: '/tmp', destination: '/host', readOnly: false },
        { type: 'tmpfs', source: '', destination: '/scratch', readOnly: false },
      ],
      networks: [
        {
          name: network.name,
          id: network.id,
          ipAddress: raw.NetworkSettings.Networks[network.name]?.IPAddress,
          aliases: expect.arrayContaining(['www']),
        },
      ],
      stack: 'shop',
      service: 'web',
      restartCount: 0,
      sizes: null,
    });
    expect(JSON.stringify(one)).not.toMatch(/Up |ago/);
  });

  it('give sizes where they are asked for, and only there', async () => {
    await using scope = await testScope(testEngine);
    await using engine = open();
    const { id } = await scope.runContainer('web', {
      ...OFF,
      Cmd: ['sh', '-c', 'head -c 100000 /dev/zero >/file; exec sleep 600'],
    });
    const filters = { id: [id] };
    const sized = () => engine.containers.list({ size: true, filters });
    await waitFor(async () => ((await sized())[0]?.sizes?.rw ?? 0) >= 100_000, {
      what: 'the file to be written',
    });
    const [one] = await sized();
    expect(one?.sizes?.rootFs).toBeGreaterThan(1_000_000);
    expect((await engine.containers.list({ filters }))[0]?.sizes).toBeNull();
    expect((await engine.containers.get(id, { size: true })).sizes?.rw).toBeGreaterThanOrEqual(100_000);
    expect((await engine.containers.get(id)).sizes).toBeNull();
    expect(await engine.containers.raw(id, { size: true })).toHaveProperty('SizeRw');
  });

  it('follow what others do to the containers, without being asked to look', async () => {
    await using scope = await testScope(testEngine);
    await using engine = open();
    await engine.containers.list();
    const { id } = await scope.createContainer('web');
    const network = await scope.createNetwork('net');
    const post = async (path: string, body?: unknown) => {
      const answer = await engineRequest(scope.socketPath, 'POST', path, body);
      expect(answer.status, `${path} ${answer.body}`).toBeLessThan(300);
    };
    const seen = (what: string, is: (container: NonNullable<Awaited<ReturnType<typeof found>>>) => boolean) =>
      waitFor(
        async () => {
          const one = await found();
          return one !== undefined && is(one);
        },
        { what, timeoutMs: 5_000, intervalMs: 5 },
      );
    const found = async () => (await engine.containers.list({ all: true })).find((one) => one.id === id);

    await seen('its creation', ({ state }) => state === 'created');
    await post(`/containers/${id}/start`);
    await seen('its start', ({ state }) => state === 'running');
    await post(`/containers/${id}/pause`);
    await seen('its pause', ({ state }) => state === 'paused');
    await post(`/containers/${id}/unpause`);
    await seen('the end of its pause', ({ state }) => state === 'running');
    await post(`/containers/${id}/rename?name=${scope.name('renamed')}`);
    await seen('its new name', ({ name }) => name === scope.name('renamed'));
    await post(`/networks/${network.id}/connect`, { Container: id });
    await seen('its new network', ({ networks }) => networks.some(({ name }) => name === network.name));
    await post(`/networks/${network.id}/disconnect`, { Container: id });
    await seen('its network to be gone', ({ networks }) =>
      networks.every(({ name }) => name !== network.name),
    );
    await post(`/containers/${id}/kill`);
    await seen('its end', ({ state, exitCode }) => state === 'exited' && exitCode === 137);
    await engineRequest(scope.socketPath, 'DELETE', `/containers/${id}`);
    await waitFor(async () => (await found()) === undefined, { what: 'its removal', intervalMs: 5 });
  });

  it('follow an image whose name moves on', async () => {
    await using scope = await testScope(testEngine);
    await using engine = open();
    const tag = async (from: string) => {
      const path = `/images/${encodeURIComponent(from)}/tag?repo=${scope.name('image')}&tag=latest`;
      expect((await engineRequest(scope.socketPath, 'POST', path)).status).toBe(201);
    };
    const image = `${scope.name('image')}:latest`;
    await tag('busybox:latest');
    const { id } = await scope.createContainer('web', { ...OFF, Image: image });
    expect((await engine.containers.find(id)).image).toBe(image);
    const other = await engineJson<{ Id: string }>(scope.socketPath, 'POST', `/commit?container=${id}`, {});
    await tag(other.Id);
    const { imageId } = await engine.containers.find(id);
    await waitFor(async () => (await engine.containers.find(id)).image === imageId, {
      what: 'the list to show the id in place of the name',
    });
    expect(await same(engine, scope, { all: true })).toEqual([scope.name('web')]);
  });

  it('keep one array for each query until something changes, and one object for each container that has not', async () => {
    await using scope = await testScope(testEngine);
    await using engine = open();
    const first = await scope.createContainer('a', OFF);
    await engine.containers.find(first.id);
    const filters = { label: [`fairlead.test.scope=${scope.prefix}`] };
    const mine = () => engine.containers.list({ all: true, filters });
    const before = await mine();
    const again = await engine.containers.list({ filters: { label: [...filters.label] }, all: true });
    expect(again).toBe(before);
    const second = await scope.createContainer('b', OFF);
    await engine.containers.find(second.id);
    const after = await mine();
    expect(after).not.toBe(before);
    expect(after[1]).toBe(before[0]);
  });

  it('ask the Engine once for many who want the same at the same time', async () => {
    await using scope = await testScope(testEngine);
    await using engine = open();
    const { id } = await scope.createContainer('a', OFF);
    await engine.containers.find(id);
    const query = { all: true, filters: { ancestor: ['busybox'], name: [scope.prefix] } };
    const answers = await Promise.all(Array.from({ length: 50 }, () => engine.containers.list(query)));
    for (const answer of answers) expect(answer.map((one) => one.id)).toEqual([id]);
    const controller = new AbortController();
    const [gaveUp, stayed] = [
      engine.containers.list(query, controller.signal),
      engine.containers.list(query),
    ];
    controller.abort(new Error('gave up'));
    await expect(gaveUp).rejects.toThrow('gave up');
    expect((await stayed).map((one) => one.id)).toEqual([id]);
  });

  it('find a name before the beginning of an id, and say when a beginning fits several', async () => {
    await using scope = await testScope(testEngine);
    await using engine = open();
    const made = [];
    for (let index = 0; index < 17; index += 1) made.push(await scope.createContainer(undefined, OFF));
    // Of 17 ids two begin with the same digit.
    const digits = made.map(({ id }) => id.slice(0, 1));
    const shared = digits.find((digit, index) => digits.indexOf(digit) !== index) ?? '';
    await expect(engine.containers.find(shared)).rejects.toMatchObject({ code: 'AMBIGUOUS_REFERENCE' });
    const [one, other] = made;
    const name = one?.id.slice(0, 16) ?? '';
    await engineRequest(scope.socketPath, 'POST', `/containers/${other?.id}/rename?name=${name}`);
    await waitFor(async () => (await engine.containers.find(name)).id === other?.id, {
      what: 'the name to be known',
    });
    await engine.containers.remove(other?.id ?? '');
  });
});
