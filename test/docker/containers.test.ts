import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { pack } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import { engineJson, engineRequest } from '../support/engine-api.ts';
import { openTestEngine } from '../support/open-engine.ts';
import { testScope } from '../support/scope.ts';
import { engines } from '../support/testbed.ts';
import { waitFor } from '../support/wait-for.ts';

const OFF = { HostConfig: { NetworkMode: 'none' } };
/** Ends by itself with the code 3 when it is interrupted, and not at all when it is asked to terminate. */
const STUBBORN = ['sh', '-c', 'trap "exit 3" INT; trap "" TERM; while :; do sleep 0.05; done'];

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

describe.each(engines())('containers of Engine $name', (testEngine) => {
  const open = () => openTestEngine({ kind: 'unix', path: testEngine.socketPath });

  it('are made of a body of more than a megabyte, none of which is in the URL', async () => {
    await using scope = await testScope(testEngine);
    await using engine = open();
    const secret = randomBytes(550_000).toString('hex');
    const { id, warnings } = await engine.containers.create({
      name: scope.name('big'),
      body: { Image: 'busybox:latest', Env: [`SECRET=${secret}`], Labels: scope.labels, ...OFF },
    });
    expect(warnings).toEqual([]);
    expect((await engine.containers.get(id)).env['SECRET']).toBe(secret);
  });

  it('are made with the Engine’s warnings told', async () => {
    await using scope = await testScope(testEngine);
    await using engine = open();
    const { warnings } = await engine.containers.create({
      name: scope.name('warned'),
      body: {
        Image: 'busybox:latest',
        Labels: scope.labels,
        HostConfig: {
          NetworkMode: 'host',
          PublishAllPorts: true,
          PortBindings: { '80/tcp': [{ HostPort: '0' }] },
        },
      },
    });
    expect(warnings.join()).toMatch(/published ports are discarded/i);
  });

  it('join several networks, with all that was said of each', async () => {
    await using scope = await testScope(testEngine);
    await using engine = open();
    const [one, two, three] = [
      await scope.createNetwork(),
      await scope.createNetwork(),
      await scope.createNetwork(),
    ];
    const { id } = await engine.containers.create({
      name: scope.name('web'),
      body: {
        Image: 'busybox:latest',
        Cmd: ['sleep', '600'],
        Labels: scope.labels,
        HostConfig: { NetworkMode: two.name },
        NetworkingConfig: {
          EndpointsConfig: {
            [one.name]: { Aliases: ['first'] },
            [two.name]: { Aliases: ['second'] },
            [three.name]: {},
          },
        },
      },
    });
    await engine.containers.start(id);
    const { networks } = await engine.containers.find(id);
    expect(networks.map(({ name }) => name).sort()).toEqual([one.name, two.name, three.name].sort());
    const aliases = (name: string) => networks.find((network) => network.name === name)?.aliases ?? [];
    expect(aliases(one.name)).toContain('first');
    expect(aliases(two.name)).toContain('second');
    for (const { ipAddress } of networks) expect(ipAddress).not.toBe('');
  });

  it('are made in full or not at all', async () => {
    await using scope = await testScope(testEngine);
    await using engine = open();
    const network = await scope.createNetwork();
    const body = {
      Image: 'busybox:latest',
      Labels: scope.labels,
      HostConfig: { NetworkMode: network.name },
      NetworkingConfig: { EndpointsConfig: { [network.name]: {}, [scope.name('missing')]: {} } },
    };
    const none = () =>
      engine.containers.list({ all: true, filters: { label: [`fairlead.test.scope=${scope.prefix}`] } });
    const request = { name: scope.name('half'), body };
    const outcome = await engine.containers.create(request).then(
      ({ id }) => id,
      (error: unknown) => error,
    );
    if (typeof outcome === 'string') {
      // Newer Engines look for the networks when it starts.
      await expect(engine.containers.start(outcome)).rejects.toMatchObject({
        code: 'ENGINE_OBJECT_NOT_FOUND',
      });
      await engine.containers.remove(outcome, { force: true });
    } else expect(outcome).toMatchObject({ code: 'ENGINE_OBJECT_NOT_FOUND' });
    expect(await none()).toEqual([]);

    const controller = new AbortController();
    const creating = engine.containers.create(
      { name: scope.name('left'), body: { ...body, ...OFF, NetworkingConfig: {} } },
      controller.signal,
    );
    setImmediate(() => controller.abort(new Error('the caller left')));
    await expect(creating).rejects.toThrow('the caller left');
    expect(await none()).toEqual([]);
  });

  it('are refused by name: an image, a name, a value', async () => {
    await using scope = await testScope(testEngine);
    await using engine = open();
    const { containers } = engine;
    const name = scope.name('taken');
    const base = { Image: 'busybox:latest', Labels: scope.labels, ...OFF };
    await containers.create({ name, body: base });
    const refusals: [() => Promise<unknown>, string][] = [
      [() => containers.create({ body: { ...base, Image: 'no-such-image:none' } }), 'IMAGE_NOT_FOUND'],
      [() => containers.create({ name, body: base }), 'NAME_IN_USE'],
      [() => containers.create({ name: 'a b', body: base }), 'ENGINE_REJECTED'],
      [() => containers.create({ body: { ...base, Image: '' } }), 'ENGINE_REJECTED'],
      [() => containers.create({ body: { ...base, HostConfig: { Memory: 1 } } }), 'ENGINE_REJECTED'],
      [() => containers.rename(name, 'x/../y'), 'INVALID_REFERENCE'],
    ];
    for (const [call, code] of refusals)
      await expect(call(), call.toString()).rejects.toMatchObject({ code });
    const other = await containers.create({ name: scope.name('other'), body: base });
    await expect(containers.rename(other.id, name)).rejects.toMatchObject({ code: 'NAME_IN_USE' });
    await containers.start(other.id);
    await expect(containers.kill(other.id, { signal: 'SIGNONE' })).rejects.toMatchObject({
      code: 'ENGINE_REJECTED',
    });
  });

  it('that cannot start show why at once', async () => {
    await using scope = await testScope(testEngine);
    await using engine = open();
    const { id } = await scope.createContainer('broken', { ...OFF, Cmd: ['/no/such/program'] });
    await expect(engine.containers.start(id)).rejects.toMatchObject({
      code: 'ENGINE_REJECTED',
      message: expect.stringContaining('/no/such/program'),
    });
    expect(await engine.containers.find(id)).toMatchObject({ state: 'created', exitCode: 127 });
    expect((await engine.containers.get(id)).error).toContain('/no/such/program');
  });

  it('stop by their own signal or the one that is named, in the time that is given', async () => {
    await using scope = await testScope(testEngine);
    await using engine = open();
    const { containers } = engine;
    const { id } = await scope.runContainer('stubborn', { ...OFF, Cmd: STUBBORN });
    const ready = async () =>
      (await containers.top(id)).processes.some((row) => row.join(' ').includes('sleep 0.05'));
    const timed = async (call: Promise<unknown>) => {
      const start = performance.now();
      await call;
      return performance.now() - start;
    };
    await waitFor(ready, { what: 'its traps to be set' });
    expect(await timed(containers.stop(id, { signal: 'SIGINT', timeoutSeconds: 20 }))).toBeLessThan(5_000);
    expect(await containers.find(id)).toMatchObject({ state: 'exited', exitCode: 3 });

    await containers.start(id);
    await waitFor(ready, { what: 'its traps to be set' });
    const took = await timed(containers.stop(id, { timeoutSeconds: 1 }));
    expect(took).toBeGreaterThan(900);
    expect((await containers.find(id)).exitCode).toBe(137);

    await containers.start(id);
    await waitFor(ready, { what: 'its traps to be set' });
    // A signal that it does not mind: then the time passes, and it is killed.
    expect(await timed(containers.stop(id, { signal: 'SIGWINCH', timeoutSeconds: 1 }))).toBeGreaterThan(900);
    expect((await containers.find(id)).exitCode).toBe(137);

    await containers.start(id);
    await waitFor(ready, { what: 'its traps to be set' });
    const { startedAt } = await containers.find(id);
    await containers.restart(id, { signal: 'SIGINT', timeoutSeconds: 20 });
    const again = await containers.find(id);
    expect(again.state).toBe('running');
    expect(again.startedAt).not.toBe(startedAt);
    await containers.kill(id);
  });

  it('are renamed, updated and committed, and lists show it', async () => {
    await using scope = await testScope(testEngine);
    await using engine = open();
    const { containers } = engine;
    const { id, name } = await scope.runContainer('web', OFF);
    await containers.rename(name, scope.name('other'));
    expect((await containers.find(id)).name).toBe(scope.name('other'));
    await expect(containers.find(name)).rejects.toMatchObject({ code: 'CONTAINER_NOT_FOUND' });

    await containers.update(id, {
      resources: {
        cpus: 0.5,
        memoryBytes: 64 * 1024 * 1024,
        memorySwapBytes: 128 * 1024 * 1024,
        pidsLimit: 50,
      },
      restartPolicy: { name: 'on-failure', maximumRetryCount: 2 },
    });
    const details = await containers.get(id);
    expect(details.resources).toMatchObject({ cpus: 0.5, memoryBytes: 67_108_864, pidsLimit: 50 });
    expect(details.restartPolicy).toEqual({ name: 'on-failure', maximumRetryCount: 2 });
    await containers.update(id, { restartPolicy: { name: 'no' } });
    expect((await containers.get(id)).resources).toEqual(details.resources);

    const repository = scope.name('image');
    const { imageId } = await containers.commit(id, {
      repository,
      tag: 'v1',
      comment: 'told & kept?',
      author: 'Ann <ann@example.org>',
      pause: false,
      changes: ['ENV A=b', 'CMD ["sleep", "1"]'],
    });
    const image = await engineJson<{
      Id: string;
      Comment: string;
      Author: string;
      Config: { Env: string[]; Cmd: string[] };
    }>(scope.socketPath, 'GET', `/images/${repository}:v1/json`);
    expect(image).toMatchObject({ Id: imageId, Comment: 'told & kept?', Author: 'Ann <ann@example.org>' });
    expect(image.Config.Env).toContain('A=b');
    expect(image.Config.Cmd).toEqual(['sleep', '1']);
  });

  it('tell their processes and what differs from the image', async () => {
    await using scope = await testScope(testEngine);
    await using engine = open();
    const { id } = await scope.runContainer('web', {
      ...OFF,
      Cmd: ['sh', '-c', 'rm /bin/vi; echo x >>/etc/group; mkdir /new; exec sleep 600'],
    });
    const sleeping = async () => {
      const { titles, processes } = await engine.containers.top(id, '-o pid,args');
      expect(titles).toEqual(['PID', 'COMMAND']);
      return processes.some(([, args]) => args === 'sleep 600');
    };
    await waitFor(sleeping, { what: 'it to sleep' });
    const changes = await engine.containers.changes(id);
    expect(changes).toContainEqual({ path: '/new', kind: 'added' });
    expect(changes).toContainEqual({ path: '/etc/group', kind: 'modified' });
    expect(changes).toContainEqual({ path: '/bin/vi', kind: 'deleted' });
    const untouched = await scope.createContainer('untouched', OFF);
    expect(await engine.containers.changes(untouched.id)).toEqual([]);
  });

  it('are called with values that stay as they are, so that the same ones serve again', async () => {
    await using scope = await testScope(testEngine);
    await using engine = open();
    const { containers } = engine;
    const { id } = await scope.createContainer('web', OFF);
    const frozen = <T extends object>(value: T): T => {
      for (const one of Object.values(value)) if (typeof one === 'object' && one !== null) frozen(one);
      return Object.freeze(value);
    };
    const query = frozen({ all: true, filters: { id: [id], ancestor: ['busybox'] } });
    const stop = frozen({ timeoutSeconds: 0, signal: 'SIGKILL' });
    const body = frozen({
      Image: 'busybox:latest',
      Labels: scope.labels,
      HostConfig: { NetworkMode: 'none' },
    });
    const made = [];
    for (let round = 0; round < 2; round += 1) {
      expect((await containers.list(query)).map((one) => one.id)).toEqual([id]);
      await containers.start(id);
      await containers.kill(id, frozen({ signal: 'SIGKILL' }));
      await containers.restart(id, stop);
      await containers.stop(id, stop);
      await containers.update(id, frozen({ resources: { cpuShares: 512 } }));
      made.push((await containers.create(frozen({ body }))).id);
    }
    for (const one of made) await containers.remove(one, frozen({ force: true }));
  });

  it('are waited for as long as it takes, in every condition', async () => {
    await using scope = await testScope(testEngine);
    await using engine = open();
    const { containers } = engine;
    const { id } = await scope.createContainer('web', { ...OFF, Cmd: ['sh', '-c', 'sleep 0.3; exit 7'] });
    expect(await containers.wait(id, 'not-running')).toEqual({ exitCode: 0, error: null });
    const next = containers.wait(id, 'next-exit');
    const removed = containers.wait(id, 'removed');
    await containers.start(id);
    expect(await containers.wait(id, 'not-running')).toEqual({ exitCode: 7, error: null });
    expect((await next).exitCode).toBe(7);
    await containers.remove(id);
    expect((await removed).exitCode).toBe(7);

    const idle = await scope.runContainer('idle', OFF);
    const controller = new AbortController();
    const given = containers.wait(idle.id, 'not-running', controller.signal);
    setTimeout(() => controller.abort(new Error('gave up')), 50);
    await expect(given).rejects.toThrow('gave up');
  });

  it('are pruned within the filters, and lists show it', async () => {
    await using scope = await testScope(testEngine);
    await using engine = open();
    const label = `prune=${scope.prefix}`;
    const gone = await scope.createContainer('gone', { ...OFF, Labels: { prune: scope.prefix } });
    const running = await scope.runContainer('running', { ...OFF, Labels: { prune: scope.prefix } });
    const other = await scope.createContainer('other', OFF);
    const { removed, reclaimedBytes } = await engine.containers.prune({ label: [label] });
    expect(removed).toEqual([gone.id]);
    expect(reclaimedBytes).toBeGreaterThanOrEqual(0);
    const left = await engine.containers.list({ all: true });
    const ids = left.map(({ id }) => id);
    expect(ids).toContain(running.id);
    expect(ids).toContain(other.id);
    expect(ids).not.toContain(gone.id);
    await expect(engine.containers.prune({ colour: ['red'] })).rejects.toMatchObject({
      code: 'ENGINE_REJECTED',
    });
  });
});

describe.each(engines())('files of containers of Engine $name', (testEngine) => {
  const open = () => openTestEngine({ kind: 'unix', path: testEngine.socketPath });

  it('go in and come out byte by byte the same', async () => {
    await using scope = await testScope(testEngine);
    await using engine = open();
    const { id } = await scope.createContainer('files', OFF);
    const content = randomBytes(8 * 1024 * 1024);
    const tar = pack();
    tar.entry({ name: 'dir/größe 漢.bin', mode: 0o640, uid: 1000, gid: 1000 }, content);
    tar.finalize();
    await engine.containers.writeArchive(id, '/tmp', Readable.from(tar));
    const path = '/tmp/dir/größe 漢.bin';
    const { stat, body } = await engine.containers.readArchive(id, path);
    expect(stat).toMatchObject({
      name: 'größe 漢.bin',
      size: content.byteLength,
      type: 'file',
      mode: 0o640,
      linkTarget: null,
    });
    const chunks: Uint8Array[] = [];
    for await (const chunk of body) chunks.push(chunk);
    const archive = Buffer.concat(chunks);
    // Behind headers of one or more blocks.
    const start = archive.indexOf(content.subarray(0, 64));
    expect(start % 512).toBe(0);
    expect(sha256(archive.subarray(start, start + content.byteLength))).toBe(sha256(content));
    expect(await engine.containers.statPath(id, '/tmp/dir')).toMatchObject({ type: 'directory' });
    expect(await engine.containers.statPath(id, '/bin/ls')).toMatchObject({ name: 'ls' });
  });

  it('that are not there are said not to be', async () => {
    await using scope = await testScope(testEngine);
    await using engine = open();
    const { id } = await scope.createContainer('files', OFF);
    const { containers } = engine;
    const tar = () => Readable.from([Buffer.alloc(1024)]);
    const calls: [() => Promise<unknown>, string][] = [
      [() => containers.readArchive(id, '/no/such'), 'PATH_NOT_FOUND'],
      [() => containers.statPath(id, '/no/such'), 'PATH_NOT_FOUND'],
      [() => containers.writeArchive(id, '/no/such', tar()), 'PATH_NOT_FOUND'],
      [() => containers.readArchive(scope.name('none'), '/etc'), 'CONTAINER_NOT_FOUND'],
      [() => containers.writeArchive(scope.name('none'), '/etc', tar()), 'CONTAINER_NOT_FOUND'],
      [() => containers.writeArchive(id, '/etc/passwd', tar()), 'ENGINE_REJECTED'],
    ];
    for (const [call, code] of calls) await expect(call(), call.toString()).rejects.toMatchObject({ code });
  });

  it('cost the source next to nothing when the Engine refuses them, and let go of it', async () => {
    await using scope = await testScope(testEngine);
    await using engine = open();
    const { id } = await scope.createContainer('files', OFF);
    let read = 0;
    let returned = 0;
    const garbage = (megabytes: number): AsyncIterable<Uint8Array> => {
      let left = megabytes * 16;
      return {
        [Symbol.asyncIterator]: () => ({
          next: async () => {
            if (left === 0) return { done: true, value: undefined };
            left -= 1;
            read += 64 * 1024;
            return { done: false, value: Buffer.alloc(64 * 1024, 'x') };
          },
          return: async () => {
            returned += 1;
            return { done: true, value: undefined };
          },
        }),
      };
    };
    const { containers } = engine;
    const refused = containers.writeArchive(id, '/no/such', garbage(200));
    await expect(refused).rejects.toMatchObject({ code: 'PATH_NOT_FOUND' });
    expect(read).toBeLessThan(1024 * 1024);
    expect(returned).toBe(1);
    // What is no tar, older Engines read to its end before they say so.
    await expect(containers.writeArchive(id, '/tmp', garbage(1))).rejects.toMatchObject({
      code: 'ENGINE_REJECTED',
    });
  });

  it('end at the Engine when the reader leaves', async () => {
    await using scope = await testScope(testEngine);
    await using engine = open();
    const { id } = await scope.runContainer('files', {
      ...OFF,
      Cmd: ['sh', '-c', 'head -c 100000000 /dev/zero >/big; exec sleep 600'],
    });
    const written = async () => (await engine.containers.statPath(id, '/big')).size === 100_000_000;
    await waitFor(written, { what: 'a large file' });
    for (let round = 0; round < 20; round += 1) {
      const { body } = await engine.containers.readArchive(id, '/big');
      for await (const _ of body) break;
    }
    // While it is being read the Engine does not let go of the container.
    await engine.containers.remove(id, { force: true });
    expect((await engineRequest(scope.socketPath, 'GET', `/containers/${id}/json`)).status).toBe(404);
  });
});
