import { describe, expect, it } from 'vitest';
import type { Actor } from '../../src/domain/access.ts';
import type { ContainerSummary } from '../../src/domain/container.ts';
import type { ContainerSpec } from '../../src/domain/container-spec.ts';
import { toEngineCreate } from '../../src/domain/engine-create.ts';
import { FairleadError } from '../../src/domain/errors.ts';
import { type CheckCreateDeps, checkCreate } from '../../src/use-cases/containers/check-create.ts';
import type { VolumeFacts } from '../../src/use-cases/ports/named-objects.ts';

const OWN = { 'com.docker.compose.project': 'shop' };

function actor(grant: Partial<Actor> = {}): Actor {
  const open = { permissions: null, hosts: null, stacks: null, projects: null };
  return { tokenId: 't', name: 'test', requestId: 'r', address: '', role: 'operator', ...open, ...grant };
}

interface World {
  readonly containers?: Readonly<Record<string, { labels?: Record<string, string>; raw?: object }>>;
  readonly volumes?: Readonly<Record<string, Partial<VolumeFacts>>>;
  readonly networks?: Readonly<Record<string, Record<string, string>>>;
}

/** An Engine with these objects, of which the ids are the names with `id-` before them. */
function deps({ containers = {}, volumes = {}, networks = {} }: World): CheckCreateDeps {
  return {
    limits: () => ({ allowedBindRoots: ['/srv'], engineSockets: [] }),
    containers: () => ({
      async find(ref) {
        const found = containers[ref];
        if (found === undefined) throw new FairleadError('CONTAINER_NOT_FOUND', ref);
        return { id: `id-${ref}`, name: ref, labels: found.labels ?? {} } as ContainerSummary;
      },
      async raw(id) {
        return containers[id.slice(3)]?.raw ?? {};
      },
    }),
    objects: () => ({
      async findVolume(name) {
        const found = volumes[name];
        return found === undefined ? null : { name, driver: 'local', options: {}, labels: {}, ...found };
      },
      async findNetwork(ref) {
        const labels = networks[ref];
        return labels === undefined ? null : { id: ref, name: ref, driver: 'bridge', labels };
      },
    }),
  };
}

/** The violations, or the body that may be sent. */
async function check(world: World, spec: Partial<ContainerSpec>, who = actor()) {
  const request = toEngineCreate({ image: 'busybox', ...spec });
  try {
    return (await checkCreate(deps(world))(who, 'local', request)).body;
  } catch (error) {
    if (!(error instanceof FairleadError)) throw error;
    return [error.code, ...error.errors.map(({ path, message }) => `${path}: ${message}`)];
  }
}

describe('the check of a create call', () => {
  it('leaves what an admin asks for as it is', async () => {
    const spec = { privileged: true, networkMode: 'container:web', engine: { SomethingNew: 1 } };
    const body = await check({}, spec, actor({ role: 'admin' }));
    expect(body).toMatchObject({
      SomethingNew: 1,
      HostConfig: { Privileged: true, NetworkMode: 'container:web' },
    });
  });

  it('holds for an admin that is narrowed', async () => {
    const who = actor({ role: 'admin', stacks: ['shop'] });
    expect(await check({}, { privileged: true, labels: OWN }, who)).toEqual([
      'POLICY_VIOLATION',
      '/HostConfig/Privileged: privileged containers',
    ]);
  });

  it('joins the container that it looked at, whatever has the name later', async () => {
    const world = { containers: { web: { raw: { HostConfig: { NetworkMode: 'front' } } } } };
    const body = await check(world, {
      networkMode: 'container:web',
      engine: { HostConfig: { VolumesFrom: ['web:ro'] } },
    });
    expect(body).toMatchObject({
      HostConfig: { NetworkMode: 'container:id-web', VolumesFrom: ['id-web:ro'] },
    });
  });

  it('joins no container that has what could not be asked for directly', async () => {
    const world: World = {
      containers: {
        web: { raw: { HostConfig: { PidMode: 'host' } } },
        agent: {
          raw: {
            Mounts: [
              { Type: 'bind', Source: '/run/docker.sock' },
              { Type: 'volume', Name: 'rootfs' },
            ],
          },
        },
      },
      volumes: { rootfs: { options: { type: 'none', o: 'bind', device: '/' } } },
    };
    const spec = { pidMode: 'container:web', engine: { HostConfig: { VolumesFrom: ['agent'] } } };
    expect(await check(world, spec)).toEqual([
      'POLICY_VIOLATION',
      expect.stringMatching(/^\/HostConfig\/PidMode: host namespaces: the container web/),
      expect.stringMatching(
        /^\/HostConfig\/VolumesFrom\/0: the Engine's socket: .*\(from the container agent\)$/,
      ),
      expect.stringMatching(
        /^\/HostConfig\/VolumesFrom\/0: the Engine's socket: \/ .*\(the volume rootfs\)$/,
      ),
    ]);
  });

  it('mounts no volume behind which is a folder of the host that is not allowed', async () => {
    const volumes = {
      etc: { options: { o: 'bind', device: '/etc' } },
      data: { options: { o: 'bind', device: '/srv/data' } },
      share: { driver: 'vieux/sshfs', options: { sshcmd: 'x' } },
    };
    const mounts = Object.keys(volumes).map(
      (source) => ({ type: 'volume', source, target: `/${source}` }) as const,
    );
    expect(await check({ volumes }, { mounts })).toEqual([
      'POLICY_VIOLATION',
      expect.stringMatching(/^\/HostConfig\/Mounts\/0: bind mounts: \/etc .*\(the volume etc\)$/),
    ]);
  });

  it('says that a container which is named does not exist', async () => {
    expect(await check({}, { pidMode: 'container:gone' })).toEqual(['CONTAINER_NOT_FOUND']);
  });
});

describe('a token that is narrowed to stacks', () => {
  const narrowed = actor({ stacks: ['shop', 'blog'] });
  const world: World = {
    containers: { own: { labels: OWN }, other: {} },
    volumes: { 'own-data': { labels: OWN }, 'other-data': {} },
    networks: { 'own-net': OWN, 'other-net': {} },
  };

  it('has to say to which of them the container belongs', async () => {
    expect(await check({}, {}, narrowed)).toEqual(['FORBIDDEN']);
    expect(await check({}, { labels: { 'com.docker.compose.project': 'other' } }, narrowed)).toEqual([
      'FORBIDDEN',
    ]);
    expect(await check({}, { engine: { labels: OWN } }, narrowed)).toMatchObject({ Labels: OWN });
    expect(await check({}, { labels: OWN, engine: { labels: null } }, narrowed)).toEqual(['FORBIDDEN']);
  });

  it('reaches into its own containers, volumes and networks', async () => {
    const spec: Partial<ContainerSpec> = {
      labels: OWN,
      mounts: [
        { type: 'volume', source: 'own-data', target: '/a' },
        { type: 'volume', source: 'new-data', target: '/b', create: true },
      ],
      networks: [{ network: 'own-net', links: ['own:x'] }],
      pidMode: 'container:own',
    };
    expect(await check(world, spec, narrowed)).toMatchObject({ HostConfig: { PidMode: 'container:id-own' } });
    expect(await check(world, { labels: OWN, networkMode: 'bridge' }, narrowed)).toMatchObject({});
  });

  it('reaches into none of others', async () => {
    const spec: Partial<ContainerSpec> = {
      labels: OWN,
      mounts: [{ type: 'volume', source: 'other-data', target: '/a' }],
      networks: [{ network: 'other-net', links: ['other:x'] }],
      pidMode: 'container:other',
      engine: { HostConfig: { Binds: ['other-data:/b'], VolumesFrom: ['other'] } },
    };
    expect(await check(world, spec, narrowed)).toEqual([
      'POLICY_VIOLATION',
      '/HostConfig/PidMode: containers beyond the stacks of the token: other',
      '/HostConfig/VolumesFrom/0: containers beyond the stacks of the token: other',
      '/NetworkingConfig/EndpointsConfig/other-net/Links/0: containers beyond the stacks of the token: other',
      '/HostConfig/Binds/0: volumes beyond the stacks of the token: other-data',
      '/HostConfig/Mounts/0: volumes beyond the stacks of the token: other-data',
      '/NetworkingConfig/EndpointsConfig/other-net: networks beyond the stacks of the token: other-net',
      '/HostConfig/NetworkMode: networks beyond the stacks of the token: other-net',
    ]);
  });

  it('names networks whole, since the Engine would take the beginning of an id too', async () => {
    expect(await check(world, { labels: OWN, networkMode: 'own' }, narrowed)).toEqual([
      'ENGINE_OBJECT_NOT_FOUND',
    ]);
  });
});
