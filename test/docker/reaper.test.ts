import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { pack } from 'tar-stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { processesOf } from '../support/container-processes.ts';
import { engineJson, engineRequest } from '../support/engine-api.ts';
import { type ProcessServer, processServer } from '../support/process-server.ts';
import { type TestScope, testScope } from '../support/scope.ts';
import { engines, type TestEngine } from '../support/testbed.ts';
import { waitFor } from '../support/wait-for.ts';

/** An image that has one program, and no shell to be found. */
async function bareImage(scope: TestScope): Promise<string> {
  const tar = pack();
  tar.entry({ name: 'busybox', mode: 0o755 }, await readFile('/bin/busybox'));
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(chunk as Buffer);
  const name = scope.name('bare');
  const path = `/images/create?fromSrc=-&repo=${name}&tag=1`;
  const { status, body } = await engineRequest(scope.socketPath, 'POST', path, Buffer.concat(chunks));
  if (status !== 200) throw new Error(body.toString());
  return `${name}:1`;
}

async function helpers({ socketPath }: TestEngine, target: string): Promise<string[]> {
  const filters = encodeURIComponent(JSON.stringify({ label: ['fairlead.helper=reaper'] }));
  const all = await engineJson<{ Id: string; HostConfig: unknown }[]>(
    socketPath,
    'GET',
    `/containers/json?all=1&filters=${filters}`,
  );
  const inspected = await Promise.all(
    all.map(({ Id }) => engineRequest(socketPath, 'GET', `/containers/${Id}/json`)),
  );
  return inspected.map(({ body }) => body.toString()).filter((text) => text.includes(target));
}

describe.each(engines())('processes that nobody is left for on Engine $name', (engine) => {
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

  const start = async (container: string, body: Record<string, unknown>, command: string) => {
    const id = await server.exec(container, body);
    const client = await server.connect(`/exec/${id}/start`);
    await waitFor(async () => (await processesOf(engine, container)).some((line) => line.includes(command)), {
      what: `${command} to run`,
    });
    return client;
  };
  const gone = (container: string, command: string) =>
    waitFor(async () => !(await processesOf(engine, container)).some((line) => line.includes(command)), {
      ...{ what: `${command} to be ended`, timeoutMs: 20_000 },
    });

  it('are ended as the user that they run as', async () => {
    const { name } = await scope.runContainer();
    for (const user of ['1000', '65534:100', '']) {
      const body = { cmd: ['sleep', '4601'], ...(user === '' ? {} : { user }) };
      (await start(name, body, 'sleep 4601')).vanish();
      expect(await gone(name, 'sleep 4601')).toBe(true);
    }
  });

  it('are ended also when they have become root meanwhile', async () => {
    const { name } = await scope.runContainer();
    const prepare = `sed -i 's/^root:x:/root::/' /etc/passwd && cp /bin/busybox /tmp/su && chmod 4755 /tmp/su`;
    const id = await server.exec(name, { cmd: ['sh', '-c', prepare] });
    expect((await server.call('POST', `/exec/${id}/start`)).json.exitCode).toBe(0);
    const body = { cmd: ['/tmp/su', '-c', 'sleep 4609; true'], user: '1000', tty: true };
    (await start(name, body, 'sleep 4609')).vanish();
    await gone(name, 'sleep 4609');
    expect(await processesOf(engine, name)).toEqual(['sleep 600']);
  });

  it('are ended with a hang-up that they may act upon, and two seconds later if they do not', async () => {
    const { name } = await scope.runContainer();
    const polite = `trap 'echo hung-up >/tmp/said; exit' HUP; while :; do sleep 0.1; done`;
    (await start(name, { cmd: ['sh', '-c', polite] }, 'hung-up')).vanish();
    await gone(name, 'hung-up');
    const said = await server.exec(name, { cmd: ['cat', '/tmp/said'] });
    expect((await server.call('POST', `/exec/${said}/start`)).json.stdout).toBe('hung-up\n');

    const stubborn = `trap '' HUP TERM INT; while :; do sleep 0.1; done`;
    (await start(name, { cmd: ['sh', '-c', stubborn] }, 'TERM INT')).vanish();
    expect(await gone(name, 'TERM INT')).toBe(true);
  });

  it('take nothing else with them: the container, other processes of the same kind, those with odd names', async () => {
    const { name } = await scope.runContainer();
    const other = await start(name, { cmd: ['sleep', '4602'] }, 'sleep 4602');
    // A name that looks like the end of a name, and the fields behind it, over two lines.
    const odd = `printf 'x) R 1 1 1 1\ny' >/proc/$$/comm; trap '' HUP; while :; do sleep 0.46; done`;
    const strange = await start(name, { cmd: ['sh', '-c', odd] }, 'sleep 0.46');
    const victim = await start(name, { cmd: ['sh', '-c', 'sleep 4604'] }, 'sleep 4604');
    victim.vanish();
    await gone(name, 'sleep 4604');
    strange.vanish();
    await gone(name, '/comm');
    const left = await processesOf(engine, name);
    expect(left).toContain('sleep 600');
    expect(left).toContain('sleep 4602');
    other.vanish();
    await gone(name, 'sleep 4602');
    expect(await processesOf(engine, name)).toContain('sleep 600');
  });

  it('are ended from outside where the container has no shell, which a terminal says it misses', async () => {
    const Image = await bareImage(scope);
    const { id, name } = await scope.runContainer('bare', { Image, Cmd: ['/busybox', 'sleep', '600'] });
    const none = await server.connect(`/containers/${name}/terminal`);
    expect(await none.closed).toMatchObject({ code: 4409, reason: expect.stringContaining('NO_SHELL') });

    for (const user of ['', '1000']) {
      const body = { cmd: ['/busybox', 'sleep', '4605'], ...(user === '' ? {} : { user }) };
      (await start(name, body, 'sleep 4605')).vanish();
      await gone(name, 'sleep 4605');
      expect(await processesOf(engine, name)).toEqual(['/busybox sleep 600']);
    }
    await waitFor(async () => (await helpers(engine, id)).length === 0, { what: 'the helper to be gone' });
  });

  it('are ended once their container is no longer paused', async () => {
    const { id, name } = await scope.runContainer();
    const client = await start(name, { cmd: ['sleep', '4606'] }, 'sleep 4606');
    await server.engine.containers.pause(id);
    client.vanish();
    await waitFor(() => server.test.app.inFlight() === 0, { what: 'the socket to be closed' });
    await server.engine.containers.unpause(id);
    expect(await gone(name, 'sleep 4606')).toBe(true);
  });

  it('are ended by another server than the one that made them', async () => {
    const { name } = await scope.runContainer();
    const id = await server.exec(name, { cmd: ['sleep', '4607'], tty: true });
    await using other = await processServer(engine.socketPath);
    const client = await other.connect(`/exec/${id}/start`);
    await waitFor(async () => (await processesOf(engine, name)).includes('sleep 4607'), {
      what: 'the process',
    });
    client.vanish();
    expect(await gone(name, 'sleep 4607')).toBe(true);
  });

  it('are ended when the server is shut down', async () => {
    const { name } = await scope.runContainer();
    const id = randomUUID();
    {
      await using other = await processServer(engine.socketPath, { graceSeconds: 600 });
      const client = await other.connect(`/containers/${name}/terminal?cmd=sleep&cmd=4608&terminalId=${id}`);
      await waitFor(async () => (await processesOf(engine, name)).includes('sleep 4608'), {
        what: 'the process',
      });
      client.vanish();
    }
    expect(await gone(name, 'sleep 4608')).toBe(true);
  });
});
