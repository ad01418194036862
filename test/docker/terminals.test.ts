import { randomUUID } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { processesOf } from '../support/container-processes.ts';
import type { ProcessClient } from '../support/process-client.ts';
import { type ProcessServer, processServer } from '../support/process-server.ts';
import { type TestScope, testScope } from '../support/scope.ts';
import { engines } from '../support/testbed.ts';
import { waitFor } from '../support/wait-for.ts';

const V5 = { protocols: ['v5.channel.k8s.io'] };
const MIB = 1024 * 1024;
const GRACE_SECONDS = 2;

describe.each(engines())('terminals on Engine $name', (engine) => {
  let scope: TestScope;
  let server: ProcessServer;
  let container: { id: string; name: string };

  beforeAll(async () => {
    scope = await testScope(engine);
    server = await processServer(engine.socketPath, { graceSeconds: GRACE_SECONDS, maxTerminals: 12 });
    container = await scope.runContainer('main');
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await scope[Symbol.asyncDispose]();
  });

  const open = async (query: Record<string, string> | string = {}, options = {}) => {
    const terminalId = randomUUID();
    const search = new URLSearchParams(query);
    search.set('terminalId', terminalId);
    const client = await server.connect(`/containers/${container.name}/terminal?${search}`, options);
    return { terminalId, client };
  };
  const reattach = (id: string, options = {}) => server.connect(`/terminals/${id}`, options);
  const info = async (id: string) => (await server.call('GET', `/terminals/${id}`)).json;
  const runs = async (command: string) =>
    (await processesOf(engine, container.name)).some((line) => line.includes(command));
  const gone = (command: string) =>
    waitFor(async () => !(await runs(command)), { what: `${command} to be ended`, timeoutMs: 15_000 });
  const ask = async (client: ProcessClient, command: string, answer: string) => {
    client.input(`${command}\n`);
    await client.until(answer);
  };

  it('opens the shell that the container has, with the size and environment asked for', async () => {
    const { terminalId, client } = await open('rows=31&cols=97&env=A=b%20c&user=1000&workingDir=/tmp');
    await ask(client, 'stty size; echo "$A,$(id -u),$(pwd),$0"', 'b c,1000,/tmp,/bin/ash');
    expect(client.text()).toContain('31 97');
    expect(await info(terminalId)).toEqual({
      id: terminalId,
      host: 'local',
      containerId: container.id,
      name: container.name,
      execId: expect.stringMatching(/^[0-9a-f]{64}$/),
      command: ['/bin/ash'],
      tty: true,
      user: '1000',
      privileged: false,
      status: 'running',
      exitCode: null,
      createdAt: expect.any(String),
      createdBy: expect.any(String),
      endedAt: null,
      viewers: 1,
      rows: 31,
      cols: 97,
      resumable: true,
      recording: false,
    });
    client.input('exit 9\n');
    expect(await client.closed).toEqual({ code: 1000, reason: 'exit:9' });
    await waitFor(async () => (await info(terminalId)).status === 'exited', { what: 'the end' });
    expect(await info(terminalId)).toMatchObject({ exitCode: 9, viewers: 0, endedAt: expect.any(String) });
    const again = await reattach(terminalId);
    expect((await again.closed).reason).toBe('exit:9');
    expect(again.bytes().equals(client.bytes())).toBe(true);
  });

  it('prefers bash, and looks where the container itself does', async () => {
    const opened = async (name: string) => {
      const terminalId = randomUUID();
      const client = await server.connect(`/containers/${name}/terminal?terminalId=${terminalId}`);
      await client.until(/[#$] /);
      const { command } = await info(terminalId);
      client.input('exit\n');
      expect((await client.closed).reason).toBe('exit:0');
      return command as string[];
    };
    const bash = await scope.runContainer('bash', { Image: 'bash:latest' });
    expect(await opened(bash.name)).toEqual(['/usr/bin/bash']);
    // Remembered, and looked at again.
    expect(await opened(bash.name)).toEqual(['/usr/bin/bash']);

    const prepare = 'mkdir -p /opt/tools && ln -s ../../bin/busybox /opt/tools/sh && exec /bin/sleep 600';
    const odd = await scope.runContainer('odd', {
      ...{ Env: ['PATH=relative:/nowhere:/opt/tools'], Cmd: ['/bin/sh', '-c', prepare] },
    });
    await waitFor(async () => (await processesOf(engine, odd.name)).includes('/bin/sleep 600'), {
      what: 'the container to be prepared',
    });
    expect(await opened(odd.name)).toEqual(['/opt/tools/sh']);
  });

  it('runs the program and the arguments that the query names, apart on two channels without a tty', async () => {
    const { client } = await open('tty=false&cmd=sh&cmd=-c&cmd=echo out; echo err >%262; exit 2', V5);
    expect((await client.closed).reason).toBe('exit:2');
    expect([client.text(1), client.text(2)]).toEqual(['out\n', 'err\n']);
    expect(client.status()).toMatchObject({ details: { causes: [{ message: '2' }] } });
  });

  it('goes on without a viewer, and replays to the byte what was missed', async () => {
    const { terminalId, client } = await open();
    await ask(client, 'echo be""fore; (sleep 1; echo mis""sed)', 'before');
    client.vanish();
    await waitFor(async () => (await info(terminalId)).viewers === 0, { what: 'the viewer to be gone' });
    await delay(1_200);
    const again = await reattach(terminalId);
    await again.until('missed');
    expect(again.bytes().subarray(0, client.bytes().length).equals(client.bytes())).toBe(true);
    await ask(again, 'echo af""ter', 'after');
    again.input('exit\n');
    await again.closed;
  });

  it('replays exactly the last mebibyte', async () => {
    const script = 'i=0; while [ $i -lt 60000 ]; do echo "line $i of the output"; i=$((i+1)); done; cat';
    const { terminalId, client } = await open({ cmd: 'sh', tty: 'false' }, V5);
    client.input(`${script}\n`);
    await client.until('line 59999 of the output\n');
    const late = await reattach(terminalId, V5);
    await late.until('line 59999 of the output\n');
    expect(client.bytes().length).toBeGreaterThan(MIB);
    expect(late.bytes().length).toBe(MIB);
    expect(client.bytes().subarray(-MIB).equals(late.bytes())).toBe(true);
    late.endInput();
    await Promise.all([client.closed, late.closed]);
  });

  it('shows the same to several viewers, takes the input of each, and counts the newest size', async () => {
    const { terminalId, client } = await open('rows=20&cols=70', V5);
    const second = await server.connect(`/terminals/${terminalId}?rows=25&cols=75`);
    await waitFor(async () => (await info(terminalId)).viewers === 2, { what: 'two viewers' });
    await ask(client, 'echo fr""om one', 'from one');
    await second.until('from one');
    await ask(second, 'echo fr""om two', 'from two');
    await client.until('from two');
    client.resize(30, 80);
    await waitFor(async () => (await info(terminalId)).rows === 30, { what: 'the newest size' });
    await ask(second, 'stty size', '30 80');
    const { execId } = await info(terminalId);
    expect((await server.call('POST', `/exec/${execId}/resize?rows=35&cols=85`)).status).toBe(204);
    await ask(second, 'stty size', '35 85');
    second.vanish();
    await waitFor(async () => (await info(terminalId)).viewers === 1, { what: 'one viewer' });
    client.input('exit 1\n');
    expect((await client.closed).reason).toBe('exit:1');
  });

  it('waits for its viewers to come back, and ends its process when none does', async () => {
    const { terminalId, client } = await open({ cmd: 'sleep' } as Record<string, string>);
    await client.closed;
    expect((await info(terminalId)).status).toBe('exited');

    const { terminalId: id, client: first } = await open('cmd=sleep&cmd=4501');
    await waitFor(() => runs('sleep 4501'), { what: 'the process to run' });
    first.vanish();
    await delay((GRACE_SECONDS * 1000) / 2);
    const second = await reattach(id);
    await delay(GRACE_SECONDS * 1000);
    expect(await runs('sleep 4501')).toBe(true);
    second.vanish();
    await gone('sleep 4501');
    await waitFor(async () => (await info(id)).status === 'exited', { what: 'the terminal to end' });
  });

  it('ends its process at once when it is not resumable', async () => {
    const { client } = await open('cmd=sleep&cmd=4502&resumable=false');
    await waitFor(() => runs('sleep 4502'), { what: 'the process to run' });
    const began = performance.now();
    client.vanish();
    await gone('sleep 4502');
    expect(performance.now() - began).toBeLessThan(GRACE_SECONDS * 1000);
  });

  it('is ended and forgotten by DELETE, whoever watches', async () => {
    const { terminalId, client } = await open('cmd=sleep&cmd=4503');
    await waitFor(() => runs('sleep 4503'), { what: 'the process to run' });
    expect((await server.call('DELETE', `/terminals/${terminalId}`)).status).toBe(204);
    expect(await client.closed).toEqual({ code: 1000, reason: expect.stringMatching(/^exit:1(29|37)$/) });
    expect(await runs('sleep 4503')).toBe(false);
    const { status, json } = await server.call('GET', `/terminals/${terminalId}`);
    expect([status, json.code]).toEqual([404, 'TERMINAL_NOT_FOUND']);
    expect((await server.call('DELETE', `/terminals/${terminalId}`)).status).toBe(404);
    expect((await (await reattach(terminalId)).closed).code).toBe(4404);
  });

  it('records its output as an asciicast, which only its owner can read on disk', async () => {
    const { terminalId, client } = await open('rows=24&cols=80&recording=true&cmd=sh', V5);
    await ask(client, 'echo grö""ße', 'größe');
    client.resize(30, 100);
    await waitFor(async () => (await info(terminalId)).rows === 30, { what: 'the size' });
    const running = await server.call('GET', `/terminals/${terminalId}/recording`);
    expect(running.status).toBe(200);
    expect(running.headers.get('content-type')).toContain('application/x-asciicast');
    client.input('exit\n');
    await client.closed;
    await waitFor(async () => (await info(terminalId)).status === 'exited', { what: 'the end' });
    const recording = await server.call('GET', `/terminals/${terminalId}/recording`);
    const [header, ...events] = recording.bytes
      .toString()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(header).toMatchObject({
      ...{ version: 2, width: 80, height: 24, command: 'sh', title: container.name },
    });
    const texts = (wanted: string) =>
      events.filter(([, kind]) => kind === wanted).map(([, , text]) => text as string);
    expect(texts('o').join('')).toBe(client.text());
    expect(texts('r')).toEqual(['100x30']);
    const times = events.map(([time]) => time as number);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    const [file] = await readdir(server.recordings);
    expect((await stat(`${server.recordings}/${file}`)).mode & 0o777).toBe(0o600);
    await server.call('DELETE', `/terminals/${terminalId}`);
    await waitFor(async () => (await readdir(server.recordings)).length === 0, {
      what: 'the file to be removed',
    });

    const { terminalId: plain, client: other } = await open();
    expect((await server.call('GET', `/terminals/${plain}/recording`)).json.code).toBe('CONFLICT');
    other.input('exit\n');
    await other.closed;
  });

  it('lists terminals by container and state, and only those that the token reaches', async () => {
    const labels = { 'com.docker.compose.project': scope.prefix };
    const stack = await scope.runContainer('stacked', { Labels: labels });
    const { terminalId } = await open('cmd=sleep&cmd=4504');
    const id = randomUUID();
    const client = await server.connect(
      `/containers/${stack.name}/terminal?terminalId=${id}&cmd=sleep&cmd=4505`,
    );
    const ids = async (query: string, headers = {}) =>
      (await server.call('GET', `/terminals${query}`, undefined, headers)).json.items.map(
        (item: { id: string }) => item.id,
      ) as string[];
    await waitFor(async () => (await ids('?status=running')).length >= 2, { what: 'both to run' });
    expect(await ids(`?container=${stack.name}`)).toEqual([id]);
    expect(await ids(`?container=${container.id}&status=running`)).toEqual([terminalId]);
    expect((await ids('')).slice(0, 2)).toEqual([id, terminalId]);

    const narrowed = await server.test.token({ role: 'operator', stacks: [scope.prefix] });
    expect(await ids('', narrowed.headers)).toEqual([id]);
    const foreign = await server.call('GET', `/terminals/${terminalId}`, undefined, narrowed.headers);
    expect([foreign.status, foreign.json.code]).toEqual([403, 'FORBIDDEN']);
    expect((await (await reattach(terminalId, { headers: narrowed.headers })).closed).code).toBe(4403);
    expect(
      (await server.call('DELETE', `/terminals/${terminalId}`, undefined, narrowed.headers)).status,
    ).toBe(403);
    const own = await reattach(id, { headers: narrowed.headers });
    await waitFor(async () => (await info(id)).viewers === 2, { what: 'the second viewer' });

    await server.call('DELETE', `/terminals/${terminalId}`);
    await server.call('DELETE', `/terminals/${id}`);
    await Promise.all([client.closed, own.closed]);
  });

  it('keeps operators away from privileged terminals', async () => {
    const operator = await server.test.token({ role: 'operator' });
    const refused = await server.connect(`/containers/${container.name}/terminal?privileged=true`, {
      headers: operator.headers,
    });
    expect(await refused.closed).toMatchObject({
      code: 4403,
      reason: expect.stringContaining('POLICY_VIOLATION'),
    });
    const viewer = await server.test.token({ role: 'viewer' });
    await expect(
      server.connect(`/containers/${container.name}/terminal`, { headers: viewer.headers }),
    ).rejects.toThrow('403');
  });

  it('tells by close codes what was wrong, and by a status those who speak in channels', async () => {
    const close = async (path: string, options = {}) => (await server.connect(path, options)).closed;
    expect((await close(`/containers/${randomUUID()}/terminal`)).code).toBe(4404);
    const stopped = await scope.createContainer();
    const client = await server.connect(`/containers/${stopped.name}/terminal`, V5);
    expect(await client.closed).toMatchObject({
      code: 4409,
      reason: expect.stringContaining('CONTAINER_NOT_RUNNING'),
    });
    expect(client.status()).toMatchObject({ status: 'Failure', reason: 'CONTAINER_NOT_RUNNING' });
    expect((await close(`/terminals/${randomUUID()}`)).code).toBe(4404);
    await expect(server.connect('/terminals/nonsense')).rejects.toThrow('400');
    const { terminalId, client: first } = await open('cmd=sleep&cmd=4506');
    const twice = await close(`/containers/${container.name}/terminal?terminalId=${terminalId}`);
    expect(twice).toMatchObject({ code: 4409, reason: expect.stringContaining('CONFLICT') });
    await server.call('DELETE', `/terminals/${terminalId}`);
    await first.closed;
  });

  it('opens no more than it may', async () => {
    const opened = await Promise.all(Array.from({ length: 12 }, () => open('cmd=sleep&cmd=4507')));
    const { client } = await open('cmd=sleep&cmd=4507');
    expect(await client.closed).toMatchObject({
      code: 1013,
      reason: expect.stringContaining('TERMINAL_LIMIT_REACHED'),
    });
    await Promise.all(opened.map(({ terminalId }) => server.call('DELETE', `/terminals/${terminalId}`)));
    await gone('sleep 4507');
    const { terminalId } = await open('cmd=true');
    await waitFor(async () => (await info(terminalId)).status === 'exited', { what: 'one more' });
  });

  it('lets a viewer go who falls behind, while the other one gets every byte', async () => {
    const { terminalId, client } = await open({ cmd: 'sh', tty: 'false' }, { ...V5, keep: false });
    const slow = await reattach(terminalId, { ...V5, keep: false });
    await waitFor(async () => (await info(terminalId)).viewers === 2, { what: 'both viewers' });
    slow.ws.pause();
    client.input('head -c 60000000 /dev/zero; exit\n');
    expect((await client.closed).reason).toBe('exit:0');
    expect(client.received).toBe(60_000_000);
    slow.ws.resume();
    expect(await slow.closed).toMatchObject({
      code: 1013,
      reason: expect.stringContaining('VIEWER_TOO_SLOW'),
    });
    expect(slow.received).toBeLessThan(60_000_000);
  }, 60_000);

  it('tells the audit trail who opened what, and how it ended', async () => {
    const { client } = await open('cmd=sh&cmd=-c&cmd=exit 4');
    await client.closed;
    const lines = await waitFor(
      async () => {
        const { items } = await server.test.ports.audit.list({
          ...{ limit: 10, cursor: null },
          filters: { operation: 'containers.terminal', tokenId: server.token.id },
        });
        return items[0]?.details?.['exitCode'] === 4 ? items : null;
      },
      { what: 'the end in the audit trail' },
    );
    expect(lines[0]).toMatchObject({ outcome: 'succeeded', targetId: container.name });
    expect(lines[1]).toMatchObject({ outcome: 'started' });
  });
});
