import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engineJson, engineRequest } from '../support/engine-api.ts';
import { openFiles } from '../support/process-figures.ts';
import { type ProcessServer, processServer } from '../support/process-server.ts';
import { type TestScope, testScope } from '../support/scope.ts';
import { engines } from '../support/testbed.ts';
import { waitFor } from '../support/wait-for.ts';

const V5 = { protocols: ['v5.channel.k8s.io'] };

describe.each(engines())('attaching to a container on Engine $name', (engine) => {
  let scope: TestScope;
  let server: ProcessServer;

  beforeAll(async () => {
    scope = await testScope(engine);
    server = await processServer(engine.socketPath);
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await scope[Symbol.asyncDispose]();
  });

  const attach = (container: string, options = {}, query = '') =>
    server.connect(`/containers/${container}/attach${query}`, options);
  const running = async (id: string) =>
    (await engineJson<{ State: { Running: boolean } }>(engine.socketPath, 'GET', `/containers/${id}/json`))
      .State.Running;

  it('passes bytes both ways, the end of input too, and closes with the exit code of the container', async () => {
    const { name } = await scope.runContainer(undefined, {
      ...{ Cmd: ['sh', '-c', 'cat; echo err >&2; exit 6'], OpenStdin: true, StdinOnce: true },
    });
    const client = await attach(name, V5);
    client.input(Buffer.of(0, 255, 10));
    await waitFor(() => client.received === 3, { what: 'the echo' });
    client.endInput();
    expect(await client.closed).toEqual({ code: 1000, reason: 'exit:6' });
    expect([...client.bytes(1)]).toEqual([0, 255, 10]);
    expect(client.text(2)).toBe('err\n');
  });

  it('gives a container with a terminal its input and its size, and lets it live when the viewer goes', async () => {
    const { id, name } = await scope.runContainer(undefined, { Cmd: ['sh'], Tty: true, OpenStdin: true });
    const first = await attach(name, V5);
    first.resize(41, 91);
    first.input('stty size; echo do""ne\n');
    expect(await first.until('done')).toContain('41 91');
    first.input(Buffer.from([0x10, 0x11]));
    first.vanish();
    const second = await attach(name);
    second.input('echo ag""ain\n');
    await second.until('again');
    expect(await running(id)).toBe(true);
    second.input('exit 8\n');
    expect((await second.closed).reason).toBe('exit:8');
  });

  it('shows the output of a container without input, from now on or with what came before', async () => {
    const script = 'echo before; while [ ! -e /go ]; do sleep 0.05; done; echo after; exit 2';
    const { id, name } = await scope.runContainer(undefined, { Cmd: ['sh', '-c', script] });
    await waitFor(
      async () =>
        (await engineRequest(engine.socketPath, 'GET', `/containers/${id}/logs?stdout=1`)).body.includes(
          'before',
        ),
      { what: 'the first line' },
    );
    const [now, all] = await Promise.all([attach(name), attach(name, V5, '?logs=true')]);
    now.input('goes nowhere');
    await all.until('before');
    const go = await server.exec(name, { cmd: ['touch', '/go'] });
    await server.call('POST', `/exec/${go}/start`);
    expect(await Promise.all([now.closed, all.closed])).toEqual([
      { code: 1000, reason: 'exit:2' },
      { code: 1000, reason: 'exit:2' },
    ]);
    expect([now.text(), all.text()]).toEqual(['after\n', 'before\nafter\n']);
    expect(all.status()).toMatchObject({ details: { causes: [{ message: '2' }] } });
  });

  it('knows the exit code of a container that is removed at its end, and of one that is started again', async () => {
    const HostConfig = { AutoRemove: true };
    const brief = await scope.runContainer(undefined, { Cmd: ['sh'], OpenStdin: true, HostConfig });
    const client = await attach(brief.name);
    client.input('exit 5\n');
    expect((await client.closed).reason).toBe('exit:5');

    const restarting = await scope.runContainer(undefined, {
      ...{ Cmd: ['sh'], OpenStdin: true, HostConfig: { RestartPolicy: { Name: 'always' } } },
    });
    const other = await attach(restarting.name);
    other.input('exit 4\n');
    expect((await other.closed).reason).toBe('exit:4');
  });

  it('refuses one that does not run, and one that is not there', async () => {
    const { name } = await scope.createContainer();
    expect((await (await attach(name)).closed).code).toBe(4409);
    expect((await (await attach(`${name}-not`)).closed).code).toBe(4404);
  });

  it('leaves no connection to the Engine behind', async () => {
    const { name } = await scope.runContainer(undefined, { Cmd: ['sleep', '600'] });
    (await attach(name)).vanish();
    await waitFor(() => server.test.app.inFlight() === 0, { what: 'the socket to be closed' });
    const before = openFiles(process.pid);
    for (let round = 0; round < 20; round += 1) (await attach(name)).vanish();
    await waitFor(() => server.test.app.inFlight() === 0, { what: 'all sockets to be closed' });
    await waitFor(() => openFiles(process.pid) <= before + 4, { what: 'all connections to be closed' });
    expect(openFiles(process.pid)).toBeLessThanOrEqual(before + 4);
  });
});
