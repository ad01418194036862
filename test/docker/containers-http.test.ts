import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ContainerDetails, ContainerSummary } from '../../src/domain/container.ts';
import {
  type Asker,
  type ContainersServer,
  containersServer,
  type Problem,
} from '../support/containers-server.ts';
import { engineJson } from '../support/engine-api.ts';
import { testScope } from '../support/scope.ts';
import { engines } from '../support/testbed.ts';
import { waitFor } from '../support/wait-for.ts';

interface List {
  readonly items: readonly ContainerSummary[];
  readonly nextCursor: null;
}

describe.each(engines())('containers over HTTP on Engine $name', (engine) => {
  let server: ContainersServer;
  let admin: Asker;
  let operator: Asker;
  let viewer: Asker;
  beforeAll(async () => {
    server = await containersServer(engine);
    admin = await server.as({ role: 'admin' });
    operator = await server.as({ role: 'operator' });
    viewer = await server.as({ role: 'viewer' });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  /** The ids that the Engine itself lists, in its order, of those that this test made. */
  async function engineIds(label: string, query: string): Promise<string[]> {
    const listed = await engineJson<{ Id: string; Labels: Record<string, string> }[]>(
      engine.socketPath,
      'GET',
      `/containers/json?${query}`,
    );
    return listed.filter(({ Labels }) => Labels['fairlead.test.scope'] === label).map(({ Id }) => Id);
  }
  const own = (prefix: string, { items }: List) =>
    items.filter(({ labels }) => labels['fairlead.test.scope'] === prefix).map(({ id }) => id);

  describe('the list', () => {
    it('is the one of the Engine, whatever filters', async () => {
      await using scope = await testScope(engine);
      await scope.createContainer('made');
      await scope.runContainer('one', { Labels: { tier: 'front' } });
      const two = await scope.runContainer('two', { Labels: { tier: 'back' } });
      await scope.runContainer('three');
      const { prefix } = scope;
      await operator.expect(204, 'POST', `/containers/${two.id}/pause`);

      const cases: readonly (readonly [string, string])[] = [
        ['', ''],
        ['all=true', 'all=1'],
        [`all=true&label=tier=front`, filters({ label: ['tier=front'] }, 'all=1')],
        [
          `label=tier&label=fairlead.test.scope=${prefix}`,
          filters({ label: ['tier', `fairlead.test.scope=${prefix}`] }),
        ],
        [
          `status=created&status=paused&name=${prefix}`,
          filters({ status: ['created', 'paused'], name: [prefix] }),
        ],
        [`name=${prefix}-t`, filters({ name: [`${prefix}-t`] })],
        [`all=true&${filters({ name: [`^/${prefix}-t`] })}`, filters({ name: [`^/${prefix}-t`] }, 'all=1')],
        [filters({ ancestor: ['busybox'] }), filters({ ancestor: ['busybox'] })],
        [filters({ before: [`${prefix}-three`] }), filters({ before: [`${prefix}-three`] })],
        [
          filters({ since: [`${prefix}-one`], status: ['running'] }),
          filters({ since: [`${prefix}-one`], status: ['running'] }),
        ],
        [
          filters({ health: ['none'], label: [`fairlead.test.scope=${prefix}`] }),
          filters({ health: ['none'], label: [`fairlead.test.scope=${prefix}`] }),
        ],
        ['all=true&size=true', 'all=1&size=1'],
      ];
      for (const [query, engineQuery] of cases) {
        const list = await viewer.expect<List>(200, 'GET', `/containers?${query}`);
        expect(own(prefix, list), query).toEqual(await engineIds(prefix, engineQuery));
      }
    });

    it('limits to the newest, whether they run or not', async () => {
      await using scope = await testScope(engine);
      await scope.runContainer('old');
      await scope.createContainer('new');
      const label = `label=fairlead.test.scope=${scope.prefix}`;
      const list = await viewer.expect<List>(200, 'GET', `/containers?limit=1&${label}`);
      expect(list.items.map(({ name }) => name)).toEqual([scope.name('new')]);
    });

    it('shows what there is to know of a container, and sizes when asked', async () => {
      await using scope = await testScope(engine);
      const labels = { 'com.docker.compose.project': scope.prefix, 'com.docker.compose.service': 'web' };
      await scope.runContainer('web', { Labels: labels, HostConfig: { Tmpfs: { '/t': '' } } });
      const { items } = await viewer.expect<List>(200, 'GET', `/containers?stack=${scope.prefix}`);
      expect(items).toHaveLength(1);
      expect(items[0]).toMatchObject({
        name: scope.name('web'),
        image: 'busybox:latest',
        state: 'running',
        health: 'none',
        stack: scope.prefix,
        service: 'web',
        exitCode: null,
        sizes: null,
      });
      const sized = await viewer.expect<List>(200, 'GET', `/containers?stack=${scope.prefix}&size=true`);
      expect(sized.items[0]?.sizes?.rootFs).toBeGreaterThan(0);
    });

    it('shows a change at once after it was made here', async () => {
      await using scope = await testScope(engine);
      const query = `/containers?all=true&label=fairlead.test.scope=${scope.prefix}`;
      const states = async () =>
        (await viewer.expect<List>(200, 'GET', query)).items.map(({ name, state }) => [name, state]);
      const { id } = await operator.expect<{ id: string }>(201, 'POST', '/containers', {
        body: { name: scope.name('a'), image: 'busybox:latest', cmd: ['sleep', '600'], labels: scope.labels },
      });
      expect(await states()).toEqual([[scope.name('a'), 'running']]);
      await operator.expect(204, 'POST', `/containers/${id}/rename`, { body: { name: scope.name('b') } });
      expect(await states()).toEqual([[scope.name('b'), 'running']]);
      await operator.expect(204, 'POST', `/containers/${id}/kill`);
      await operator.expect(200, 'POST', `/containers/${id}/wait`);
      expect((await states())[0]?.[1]).toBe('exited');
      await operator.expect(204, 'DELETE', `/containers/${id}`);
      expect(await states()).toEqual([]);
    });

    it('has an ETag that lasts until something changes', async () => {
      await using scope = await testScope(engine);
      await scope.createContainer('a');
      const path = `/containers?all=true&label=fairlead.test.scope=${scope.prefix}`;
      await waitFor(async () => (await viewer.expect<List>(200, 'GET', path)).items.length === 1, {
        what: 'the container',
      });
      const first = await viewer.ask('GET', path);
      const etag = first.headers.get('etag') ?? '';
      expect(etag).toMatch(/^".+"$/);
      const again = await viewer.ask('GET', path, { headers: { 'if-none-match': `"other", ${etag}` } });
      expect([again.status, again.text]).toEqual([304, '']);
      await scope.createContainer('b');
      await waitFor(
        async () => (await viewer.ask('GET', path, { headers: { 'if-none-match': etag } })).status === 200,
        { what: 'another ETag' },
      );
    });

    it.each([
      ['filters={', 'filters'],
      ['filters=[]', 'filters'],
      ['filters={"status":"running"}', 'filters'],
      ['filters={"status":[1]}', 'filters'],
      ['status=walking', 'querystring/status/0'],
      ['limit=0', 'querystring/limit'],
      ['limit=many', 'querystring/limit'],
      ['all=perhaps', 'querystring/all'],
      ['colour=red', 'querystring/colour'],
    ])('refuses %s and says where it is', async (query, path) => {
      const problem = await viewer.expect<Problem>(400, 'GET', `/containers?${query}`);
      expect(problem.code).toBe('VALIDATION_FAILED');
      expect(problem.errors?.[0]?.path).toBe(path);
    });

    it('refuses a filter that the Engine does not know, in its words', async () => {
      const query = filters({ colour: ['red'] });
      const problem = await viewer.expect<Problem>(400, 'GET', `/containers?${query}`);
      expect(problem.code).toBe('ENGINE_REJECTED');
      expect(problem.detail).toMatch(/invalid filter/i);
    });

    it('refuses a host that is not there', async () => {
      const problem = await viewer.expect<Problem>(404, 'GET', '/containers?host=elsewhere');
      expect(problem.code).toBe('HOST_NOT_FOUND');
    });
  });

  describe('one container', () => {
    it('is found by name, id and beginning of its id, and tells everything', async () => {
      await using scope = await testScope(engine);
      const { id, name } = await scope.runContainer('x', {
        Env: ['A=b=c', 'EMPTY='],
        Tty: true,
        HostConfig: { Memory: 64 * 1024 * 1024, RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 2 } },
      });
      for (const ref of [name, id, id.slice(0, 20)]) {
        const details = await viewer.expect<ContainerDetails>(200, 'GET', `/containers/${ref}`);
        expect(details).toMatchObject({
          id,
          name,
          tty: true,
          env: { A: 'b=c', EMPTY: '' },
          cmd: ['sleep', '600'],
          resources: { memoryBytes: 64 * 1024 * 1024 },
          restartPolicy: { name: 'on-failure', maximumRetryCount: 2 },
        });
        expect(details.pid).toBeGreaterThan(0);
      }
    });

    it('is the own JSON of the Engine with raw=true', async () => {
      await using scope = await testScope(engine);
      const { id, name } = await scope.createContainer('x', { HostConfig: { Binds: ['/tmp:/x'] } });
      const raw = await viewer.expect<object>(200, 'GET', `/containers/${name}?raw=true`);
      const version = await engineJson<{ ApiVersion: string }>(engine.socketPath, 'GET', '/version');
      const direct = await engineJson<object>(
        engine.socketPath,
        'GET',
        `/v${version.ApiVersion}/containers/${id}/json`,
      );
      expect(raw).toEqual(direct);
      const sized = await viewer.expect<{ SizeRootFs: number }>(
        200,
        'GET',
        `/containers/${name}?raw=true&size=true`,
      );
      expect(sized.SizeRootFs).toBeGreaterThan(0);
    });

    it('may not be there, be several, or be nothing that the Engine could know', async () => {
      await using scope = await testScope(engine);
      // Of seventeen ids two begin with the same digit.
      const made = await Promise.all(Array.from({ length: 17 }, () => scope.createContainer()));
      const digit = [...'0123456789abcdef'].find(
        (candidate) => made.filter(({ id }) => id.startsWith(candidate)).length > 1,
      );
      const cases = [
        [`${scope.prefix}-none`, 404, 'CONTAINER_NOT_FOUND'],
        ['f'.repeat(64), 404, 'CONTAINER_NOT_FOUND'],
        [digit ?? '', 400, 'AMBIGUOUS_REFERENCE'],
        ['..%2F..%2Fversion', 400, 'INVALID_REFERENCE'],
        ['x%2F..%2F..%2Fversion%3F', 400, 'INVALID_REFERENCE'],
        ['json%3Fall=1', 400, 'INVALID_REFERENCE'],
        ['%00', 400, 'INVALID_REFERENCE'],
        ['-rf', 400, 'INVALID_REFERENCE'],
        ['%C3%A4rger', 400, 'INVALID_REFERENCE'],
      ] as const;
      for (const [ref, status, code] of cases) {
        const paths = [
          `/containers/${ref}`,
          `/containers/${ref}?raw=true`,
          `/containers/${ref}/top`,
          `/containers/${ref}/changes`,
        ];
        for (const path of paths) {
          const problem = await viewer.expect<Problem>(status, 'GET', path);
          expect(problem.code, path).toBe(code);
        }
        for (const path of ['start', 'stop', 'restart', 'kill', 'pause', 'unpause', 'wait', 'commit']) {
          const problem = await operator.expect<Problem>(status, 'POST', `/containers/${ref}/${path}`);
          expect(problem.code, path).toBe(code);
        }
        expect((await operator.expect<Problem>(status, 'DELETE', `/containers/${ref}`)).code).toBe(code);
      }
      const { detail } = await viewer.expect<Problem>(400, 'GET', `/containers/${digit}`);
      expect(detail).toContain('multiple');
    });

    it('shows its processes and what it changed', async () => {
      await using scope = await testScope(engine);
      const { name } = await scope.runContainer('x', {
        Cmd: ['sh', '-c', 'touch /new; rm /bin/vi; sleep 600'],
      });
      const top = await viewer.expect<{ titles: string[]; processes: string[][] }>(
        200,
        'GET',
        `/containers/${name}/top`,
      );
      expect(top.titles).toContain('PID');
      await waitFor(
        async () => {
          const { items } = await viewer.expect<{ items: unknown[] }>(
            200,
            'GET',
            `/containers/${name}/changes`,
          );
          expect(items).toContainEqual({ path: '/new', kind: 'added' });
          expect(items).toContainEqual({ path: '/bin', kind: 'modified' });
          expect(items).toContainEqual({ path: '/bin/vi', kind: 'deleted' });
          return true;
        },
        { what: 'the changes' },
      );
      const some = await viewer.expect<{ titles: string[]; processes: string[][] }>(
        200,
        'GET',
        `/containers/${name}/top?psArgs=${encodeURIComponent('-o pid,args')}`,
      );
      expect(some.titles).toEqual(['PID', 'COMMAND']);
      const stopped = await scope.createContainer('y');
      const problem = await viewer.expect<Problem>(409, 'GET', `/containers/${stopped.name}/top`);
      expect(problem.code).toBe('CONTAINER_NOT_RUNNING');
    });
  });

  describe('narrowed tokens', () => {
    it('see, and touch, the containers of their stacks and no others', async () => {
      await using scope = await testScope(engine);
      const stack = scope.prefix;
      const narrowed = await server.as({ role: 'admin', stacks: [stack] });
      const own = await scope.runContainer('own', { Labels: { 'com.docker.compose.project': stack } });
      const other = await scope.runContainer('other', { Labels: { 'com.docker.compose.project': 'other' } });
      const { items } = await narrowed.expect<List>(200, 'GET', '/containers?all=true');
      expect(items.map(({ id }) => id)).toEqual([own.id]);
      expect(
        (await narrowed.expect<List>(200, 'GET', '/containers?limit=1')).items.map(({ id }) => id),
      ).toEqual([own.id]);
      expect((await narrowed.expect<List>(200, 'GET', '/containers?stack=other')).items).toEqual([]);

      await narrowed.expect(200, 'GET', `/containers/${own.name}`);
      const forbidden = [
        ['GET', ''],
        ['GET', '?raw=true'],
        ['GET', '/top'],
        ['GET', '/changes'],
        ['GET', '/archive?path=/etc'],
        ['GET', '/archive?path=/etc&stat=true'],
        ['POST', '/start'],
        ['POST', '/stop'],
        ['POST', '/restart'],
        ['POST', '/kill'],
        ['POST', '/pause'],
        ['POST', '/unpause'],
        ['POST', '/wait'],
        ['POST', '/commit'],
        ['POST', '/rename', { name: scope.name('stolen') }],
        ['PATCH', '', { restartPolicy: { name: 'always' } }],
        ['DELETE', '?force=true'],
      ] as const;
      for (const [method, path, body] of forbidden) {
        const problem = await narrowed.expect<Problem>(403, method, `/containers/${other.id}${path}`, {
          body,
        });
        expect(problem.code, `${method} ${path}`).toBe('FORBIDDEN');
      }
      expect((await narrowed.expect<Problem>(403, 'POST', '/containers/prune?label=nobody=here')).code).toBe(
        'FORBIDDEN',
      );
      expect((await viewer.expect<ContainerDetails>(200, 'GET', `/containers/${other.id}`)).state).toBe(
        'running',
      );
    });
  });

  it('lets viewers read, operators change, and admins prune', async () => {
    await using scope = await testScope(engine);
    const { id } = await scope.createContainer('x');
    for (const [method, path] of [
      ['POST', '/containers'],
      ['POST', `/containers/${id}/start`],
      ['GET', `/containers/${id}/archive?path=/etc`],
      ['DELETE', `/containers/${id}`],
    ] as const) {
      const body = method === 'POST' && path === '/containers' ? { image: 'busybox' } : undefined;
      const problem = await viewer.expect<Problem>(403, method, path, { body });
      expect(problem.code).toBe('FORBIDDEN');
    }
    expect((await operator.expect<Problem>(403, 'POST', '/containers/prune')).code).toBe('FORBIDDEN');
  });

  it('prunes what fits the filters, and nothing else', async () => {
    await using scope = await testScope(engine);
    const doomed = await scope.createContainer('doomed', { Labels: { [`${scope.prefix}`]: 'yes' } });
    const kept = await scope.createContainer('kept');
    const running = await scope.runContainer('running', { Labels: { [`${scope.prefix}`]: 'yes' } });
    const pruned = await admin.expect<{ deleted: string[]; spaceReclaimed: number }>(
      200,
      'POST',
      `/containers/prune?label=${scope.prefix}=yes`,
    );
    expect(pruned.deleted).toEqual([doomed.id]);
    expect(pruned.spaceReclaimed).toBeGreaterThanOrEqual(0);
    await viewer.expect(404, 'GET', `/containers/${doomed.id}`);
    await viewer.expect(200, 'GET', `/containers/${kept.id}`);
    await viewer.expect(200, 'GET', `/containers/${running.id}`);
    const bad = await admin.expect<Problem>(
      400,
      'POST',
      `/containers/prune?label=${scope.prefix}=yes&until=soon`,
    );
    expect(bad.code).toBe('ENGINE_REJECTED');
  });
});

function filters(given: Readonly<Record<string, readonly string[]>>, more = ''): string {
  const text = `filters=${encodeURIComponent(JSON.stringify(given))}`;
  return more === '' ? text : `${more}&${text}`;
}
