import { describe, expect, it } from 'vitest';
import type { Actor } from '../../src/domain/access.ts';
import { FairleadError, isFairleadError } from '../../src/domain/errors.ts';
import { actOnContainer } from '../../src/use-cases/containers/act-on-container.ts';
import { createContainer } from '../../src/use-cases/containers/create-container.ts';
import { getContainer } from '../../src/use-cases/containers/get-container.ts';
import { listContainers } from '../../src/use-cases/containers/list-containers.ts';
import { pruneContainers } from '../../src/use-cases/containers/prune-containers.ts';
import { reachContainer } from '../../src/use-cases/containers/reach-container.ts';
import { createFakeContainers, type FakeContainers } from '../support/fake-containers.ts';

const SHOP = { 'com.docker.compose.project': 'shop' };

function actor(grant: Partial<Actor> = {}): Actor {
  const open = { permissions: null, hosts: null, stacks: null, projects: null };
  return { tokenId: 't', name: 'test', requestId: 'r', address: '', role: 'operator', ...open, ...grant };
}

const narrowed = actor({ stacks: ['shop'] });

/** The code of the error that it fails with. */
async function code(run: Promise<unknown>): Promise<string> {
  try {
    await run;
    return 'none';
  } catch (error) {
    return isFairleadError(error) ? error.code : String(error);
  }
}

describe('reaching a container', () => {
  it('gives the container and whether it runs, by name, id and beginning of its id', async () => {
    const containers = createFakeContainers();
    const id = containers.add({ name: 'web', state: 'paused' });
    const reach = reachContainer({ containers: () => containers });
    for (const ref of ['web', id, id.slice(0, 12)]) {
      expect(await reach(actor(), 'local', ref)).toMatchObject({ id, name: 'web', running: true });
    }
    containers.add({ name: 'db' });
    expect(await reach(actor(), 'local', 'db')).toMatchObject({ running: false });
  });

  it('looks at the narrowing to hosts before it asks which hosts there are', async () => {
    const reach = reachContainer({
      containers: (host) => {
        throw new FairleadError('HOST_NOT_FOUND', host);
      },
    });
    expect(await code(reach(actor({ hosts: ['local'] }), 'other', 'web'))).toBe('FORBIDDEN');
    expect(await code(reach(actor({ hosts: ['other'] }), 'other', 'web'))).toBe('HOST_NOT_FOUND');
  });

  it('tells a narrowed token nothing of containers beyond its stacks', async () => {
    const containers = createFakeContainers();
    containers.add({ name: 'own', labels: SHOP });
    containers.add({ name: 'other' });
    const reach = reachContainer({ containers: () => containers });
    expect(await reach(narrowed, 'local', 'own')).toMatchObject({ name: 'own' });
    expect(await code(reach(narrowed, 'local', 'other'))).toBe('FORBIDDEN');

    const ambiguous = reachContainer({
      containers: () => ({
        find: () =>
          Promise.reject(new FairleadError('AMBIGUOUS_REFERENCE', '"a" fits secret (a1), secret (a2)')),
      }),
    });
    await expect(ambiguous(narrowed, 'local', 'a')).rejects.toThrow(/^"a" fits more than one container\.$/);
    await expect(ambiguous(actor(), 'local', 'a')).rejects.toThrow(/secret/);
  });
});

describe('acting on a container', () => {
  it('takes the one that has the name now when the one that had it is gone', async () => {
    const containers = createFakeContainers();
    const old = containers.add({ name: 'web' });
    // What is known of names is a moment old: the first look still finds the one that has been replaced.
    let looks = 0;
    const next = 'f'.repeat(64);
    const stale: Pick<FakeContainers, 'find'> = {
      async find(ref) {
        const found = await containers.find(ref);
        looks += 1;
        return looks === 1 ? found : { ...found, id: next };
      },
    };
    const acted: string[] = [];
    const act = actOnContainer({
      containers: () => stale,
      lifecycle: () => ({
        ...containers,
        async start(id) {
          acted.push(id);
          if (id === old) throw new FairleadError('CONTAINER_NOT_FOUND', 'gone');
        },
      }),
    });
    const done = await act(actor(), { host: 'local', ref: 'web', action: { verb: 'start' } });
    expect([done.id, acted]).toEqual([next, [old, next]]);
  });

  it('says so when the one that is gone is the one that is meant', async () => {
    const containers = createFakeContainers();
    containers.add({ name: 'web' });
    const get = getContainer({
      containers: () => ({
        ...containers,
        get: () => Promise.reject(new FairleadError('CONTAINER_NOT_FOUND', 'gone')),
      }),
    });
    expect(await code(get(actor(), { host: 'local', ref: 'web', size: false }))).toBe('CONTAINER_NOT_FOUND');
  });
});

describe('listing containers', () => {
  it('hands on the very array of the Engine to whoever is not narrowed', async () => {
    const items = [{ labels: {} }] as never[];
    const list = listContainers({ containers: () => ({ list: async () => items }) });
    expect(await list(actor(), { host: 'local', query: { all: true } })).toBe(items);
  });

  it('counts a limit among those that the token may see', async () => {
    const containers = createFakeContainers();
    containers.add({ name: 'a', labels: SHOP });
    containers.add({ name: 'b', labels: SHOP, state: 'running' });
    containers.add({ name: 'c', labels: SHOP });
    containers.add({ name: 'd' });
    const list = listContainers({ containers: () => containers });
    const names = async (query: object) =>
      (await list(narrowed, { host: 'local', query })).map(({ name }) => name);
    expect(await names({})).toEqual(['b']);
    expect(await names({ all: true })).toEqual(['c', 'b', 'a']);
    expect(await names({ limit: 2 })).toEqual(['c', 'b']);
  });
});

describe('creating a container', () => {
  const made = { id: 'a'.repeat(64), warnings: [] };
  const removed: string[] = [];
  function create(start: Error, remove?: FairleadError) {
    removed.length = 0;
    const containers = createFakeContainers();
    return createContainer({
      containers: () => containers,
      limits: () => ({ allowedBindRoots: [], engineSockets: [] }),
      objects: () => ({ findVolume: async () => null, findNetwork: async () => null }),
      factory: () => ({
        create: async () => made,
        start: () => Promise.reject(start),
        async remove(id, options) {
          removed.push(`${id} ${JSON.stringify(options)}`);
          if (remove !== undefined) throw remove;
        },
      }),
    })(actor(), { host: 'local', spec: { image: 'busybox' }, start: true });
  }
  const failed = new FairleadError('CONFLICT', 'port is already allocated');

  it('takes back what cannot be started, and says why it could not', async () => {
    await expect(create(failed)).rejects.toBe(failed);
    expect(removed).toEqual([`${made.id} {"force":true,"volumes":true}`]);
    await expect(create(failed, new FairleadError('CONTAINER_NOT_FOUND', 'gone'))).rejects.toBe(failed);
  });

  it('says both when it cannot even be taken back', async () => {
    const stuck = create(failed, new FairleadError('ENGINE_UNREACHABLE', 'gone'));
    await expect(stuck).rejects.toThrow(
      /was not started \(port is already allocated\), and could not be removed/,
    );
  });
});

it('prunes a whole host or not at all', async () => {
  const prune = pruneContainers({
    pruner: () => ({ prune: async () => ({ removed: [], reclaimedBytes: 0 }) }),
  });
  const admin = actor({ role: 'admin' });
  expect(await code(prune(admin, { host: 'local', filters: {} }))).toBe('none');
  expect(await code(prune({ ...admin, stacks: ['shop'] }, { host: 'local', filters: {} }))).toBe('FORBIDDEN');
  expect(await code(prune({ ...admin, hosts: ['b'] }, { host: 'local', filters: {} }))).toBe('FORBIDDEN');
});
