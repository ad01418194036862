import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { processesOf } from '../support/container-processes.ts';
import { type ProcessServer, processServer } from '../support/process-server.ts';
import { type TestScope, testScope } from '../support/scope.ts';
import { engines } from '../support/testbed.ts';
import { waitFor } from '../support/wait-for.ts';

describe.each(engines())('exec over plain HTTP on Engine $name', (engine) => {
  let scope: TestScope;
  let server: ProcessServer;
  let container = '';

  beforeAll(async () => {
    scope = await testScope(engine);
    server = await processServer(engine.socketPath);
    container = (await scope.runContainer('main')).name;
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await scope[Symbol.asyncDispose]();
  });

  const start = (execId: string, body?: unknown, headers?: Record<string, string>) =>
    server.call('POST', `/exec/${execId}/start`, body, headers);
  const run = async (spec: Record<string, unknown>, body?: unknown) =>
    start(await server.exec(container, spec), body);

  it('answers the exit code and both outputs apart', async () => {
    const { status, json } = await run({ cmd: ['sh', '-c', 'echo out; echo err >&2; exit 3'] });
    expect(status).toBe(200);
    expect(json).toEqual({
      exitCode: 3,
      stdout: 'out\n',
      stderr: 'err\n',
      encoding: 'utf-8',
      truncated: false,
    });
  });

  it('takes input, and ends it', async () => {
    const { json } = await run({ cmd: ['wc', '-c'], attachStdin: true }, { input: 'größe' });
    expect(json.stdout.trim()).toBe('7');
    const without = await run({ cmd: ['cat'], attachStdin: true });
    expect(without.json).toMatchObject({ exitCode: 0, stdout: '' });
  });

  it('gives the process its environment, folder and user, and no shell a string', async () => {
    const cmd = ['sh', '-c', 'echo "$A $(id -u) $(pwd) $0"', '$(id); `id`'];
    const body = { cmd, env: { A: 'b c' }, user: '1000', workingDir: '/tmp' };
    expect((await run(body)).json.stdout).toBe('b c 1000 /tmp $(id); `id`\n');
    const list = await run({ cmd: ['sh', '-c', 'echo $A$B'], env: ['A=1', 'B=x=y'] });
    expect(list.json.stdout).toBe('1x=y\n');
  });

  it('answers base64 when an output is not UTF-8', async () => {
    const { json } = await run({ cmd: ['printf', '\\377\\000a'] });
    expect(json).toMatchObject({ encoding: 'base64', stdout: Buffer.from([255, 0, 97]).toString('base64') });
  });

  it('cuts outputs at maxOutputBytes between characters, and lets the process write on', async () => {
    const cmd = ['sh', '-c', 'printf "aää"; head -c 3000000 /dev/zero; exit 4'];
    const { json } = await run({ cmd }, { maxOutputBytes: 4 });
    expect(json).toEqual({ exitCode: 4, stdout: 'aä', stderr: '', encoding: 'utf-8', truncated: true });
  });

  it('tells a program that is not there by its output and exit code', async () => {
    const { status, json } = await run({ cmd: ['no-such-program'] });
    expect(status).toBe(200);
    expect(json.exitCode).toBeGreaterThanOrEqual(126);
    expect(json.stdout + json.stderr).toContain('no-such-program');
  });

  it('ends a process that runs too long, and answers what it wrote until then', async () => {
    const id = await server.exec(container, { cmd: ['sh', '-c', 'echo so far; sleep 4321'] });
    const began = performance.now();
    const { status, json } = await start(id, { timeoutSeconds: 1 });
    expect(performance.now() - began).toBeLessThan(8_000);
    expect(status).toBe(504);
    expect(json).toMatchObject({ code: 'EXEC_TIMEOUT', stdout: 'so far\n', encoding: 'utf-8' });
    expect(await processesOf(engine, container)).not.toContain('sleep 4321');
  });

  it('ends the process of a caller who goes away', async () => {
    const id = await server.exec(container, { cmd: ['sleep', '4322'] });
    const controller = new AbortController();
    const request = fetch(`${server.url}/api/v1/docker/exec/${id}/start`, {
      method: 'POST',
      headers: server.token.headers,
      signal: controller.signal,
    });
    await waitFor(async () => (await processesOf(engine, container)).includes('sleep 4322'), {
      what: 'the process to run',
    });
    controller.abort();
    await expect(request).rejects.toThrow();
    await waitFor(async () => !(await processesOf(engine, container)).includes('sleep 4322'), {
      what: 'the process to be ended',
    });
  });

  it('leaves a detached process alone', async () => {
    const id = await server.exec(container, { cmd: ['sleep', '4323'] });
    expect((await start(id, { detach: true })).status).toBe(204);
    await waitFor(async () => (await processesOf(engine, container)).includes('sleep 4323'), {
      what: 'the process to run',
    });
    const { json } = await server.call('GET', `/exec/${id}`);
    expect(json).toMatchObject({ id, running: true, exitCode: null, command: ['sleep', '4323'], tty: false });
    expect(json.pid).toBeGreaterThan(0);
  });

  it('streams 20 MB in the frames of the Engine, byte for byte', async () => {
    const cmd = ['sh', '-c', 'head -c 20000000 /dev/urandom | tee /tmp/sent; echo done >&2'];
    const id = await server.exec(container, { cmd });
    const { status, headers, bytes } = await start(id, {}, { accept: 'application/octet-stream' });
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('application/octet-stream');
    const outputs: Record<number, Buffer[]> = { 1: [], 2: [] };
    for (let at = 0; at < bytes.length; ) {
      const length = bytes.readUInt32BE(at + 4);
      outputs[bytes[at] ?? 0]?.push(bytes.subarray(at + 8, at + 8 + length));
      at += 8 + length;
    }
    const sum = (await run({ cmd: ['sha256sum', '/tmp/sent'] })).json.stdout.split(' ')[0];
    expect(
      createHash('sha256')
        .update(Buffer.concat(outputs[1] ?? []))
        .digest('hex'),
    ).toBe(sum);
    expect(Buffer.concat(outputs[2] ?? []).toString()).toBe('done\n');
    expect((await server.call('GET', `/exec/${id}`)).json.exitCode).toBe(0);
  });

  it('refuses a second start, an unknown exec and a stopped container', async () => {
    const id = await server.exec(container, { cmd: ['true'] });
    expect((await start(id)).status).toBe(200);
    const again = await start(id);
    expect([again.status, again.json.code]).toEqual([409, 'EXEC_NOT_RUNNING']);
    const unknown = await start('0'.repeat(64));
    expect([unknown.status, unknown.json.code]).toEqual([404, 'EXEC_NOT_FOUND']);
    const stopped = await scope.createContainer();
    const refused = await server.call('POST', `/containers/${stopped.name}/exec`, { cmd: ['true'] });
    expect([refused.status, refused.json.code]).toEqual([409, 'CONTAINER_NOT_RUNNING']);
    const nobody = await server.call('POST', `/containers/${randomUUID()}/exec`, { cmd: ['true'] });
    expect([nobody.status, nobody.json.code]).toEqual([404, 'CONTAINER_NOT_FOUND']);
  });

  it('refuses to resize what does not run at once, instead of waiting for it', async () => {
    const id = await server.exec(container, { cmd: ['sleep', '1'], tty: true });
    const began = performance.now();
    const { status, json } = await server.call('POST', `/exec/${id}/resize?rows=10&cols=20`);
    expect([status, json.code]).toEqual([409, 'EXEC_NOT_RUNNING']);
    expect(performance.now() - began).toBeLessThan(2_000);
    const bare = await server.exec(container, { cmd: ['sleep', '1'] });
    expect((await server.call('GET', `/exec/${bare}/resize?rows=10&cols=20`)).json.code).toBe('CONFLICT');
  });

  it('keeps privileged processes for admins, and operators away from what an admin made', async () => {
    const operator = await server.test.token({ role: 'operator' });
    const body = { cmd: ['true'], privileged: true };
    const refused = await server.call('POST', `/containers/${container}/exec`, body, operator.headers);
    expect([refused.status, refused.json.code]).toEqual([403, 'POLICY_VIOLATION']);
    expect(refused.json.errors).toEqual([{ path: 'privileged', message: 'is for admins' }]);
    const id = await server.exec(container, body);
    const taken = await start(id, undefined, operator.headers);
    expect([taken.status, taken.json.code]).toEqual([403, 'POLICY_VIOLATION']);
  });

  it('keeps tokens that are narrowed to stacks out of other containers', async () => {
    const narrowed = await server.test.token({ role: 'operator', stacks: ['shop'] });
    const refused = await server.call(
      'POST',
      `/containers/${container}/exec`,
      { cmd: ['id'] },
      narrowed.headers,
    );
    expect([refused.status, refused.json.code]).toEqual([403, 'FORBIDDEN']);
    const id = await server.exec(container, { cmd: ['true'] });
    expect((await start(id, undefined, narrowed.headers)).status).toBe(403);
    expect((await server.call('GET', `/exec/${id}`, undefined, narrowed.headers)).status).toBe(403);
    const viewer = await server.test.token({ role: 'viewer' });
    expect((await start(id, undefined, viewer.headers)).status).toBe(403);
  });
});
