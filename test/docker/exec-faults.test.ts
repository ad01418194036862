import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { processesOf } from '../support/container-processes.ts';
import { engineJson } from '../support/engine-api.ts';
import { type PrivateEngine, startPrivateEngine } from '../support/private-engine.ts';
import { type ProcessServer, processServer } from '../support/process-server.ts';
import { waitFor } from '../support/wait-for.ts';

const V5 = { protocols: ['v5.channel.k8s.io'] };

async function runContainer(
  { socketPath }: PrivateEngine,
  body: Record<string, unknown> = {},
): Promise<string> {
  const { Id } = await engineJson<{ Id: string }>(socketPath, 'POST', '/containers/create', {
    ...{ Image: 'busybox:latest', Cmd: ['sleep', '600'], HostConfig: { NetworkMode: 'none' }, ...body },
  });
  await engineJson(socketPath, 'POST', `/containers/${Id}/start`);
  return Id;
}

describe('processes on an Engine that goes away', () => {
  let engine: PrivateEngine;
  let server: ProcessServer;

  beforeAll(async () => {
    engine = await startPrivateEngine();
    server = await processServer(engine.socketPath, { graceSeconds: 60 });
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await engine[Symbol.asyncDispose]();
  });

  const back = () =>
    waitFor(() => server.engine.health.state() === 'connected', {
      ...{ what: 'the Engine to be found again', timeoutMs: 30_000 },
    });

  /** A shell, an exec, an attached container and a plain run, all open. */
  async function everything() {
    const container = await runContainer(engine);
    const attached = await runContainer(engine, { Cmd: ['cat'], OpenStdin: true });
    const shell = await server.connect(`/containers/${container}/terminal?cmd=sh`, V5);
    await shell.until('#');
    const execId = await server.exec(container, { cmd: ['cat'], attachStdin: true });
    const exec = await server.connect(`/exec/${execId}/start`);
    exec.input('echo');
    await exec.until('echo');
    const own = await server.connect(`/containers/${attached}/attach`, V5);
    own.input('echo');
    await own.until('echo');
    const runId = await server.exec(container, { cmd: ['sleep', '599'] });
    const run = server.call('POST', `/exec/${runId}/start`);
    await waitFor(async () => (await processesOf(engine, container)).includes('sleep 599'), {
      what: 'the run',
    });
    return { shell, exec, own, run };
  }

  it.each([
    ['is killed', () => engine.kill(), 2_000],
    ['is stopped', async () => engine.terminate(), 2_000],
  ])(
    'are told at once with 4502 when it %s, and others run when it is back',
    async (_, end, limitMs) => {
      const { shell, exec, own, run } = await everything();
      const began = performance.now();
      const ending = end();
      const codes = await Promise.all([shell, exec, own].map(async ({ closed }) => (await closed).code));
      expect(performance.now() - began).toBeLessThan(limitMs);
      expect(codes).toEqual([4502, 4502, 4502]);
      expect(shell.status()).toMatchObject({ status: 'Failure', reason: 'ENGINE_UNREACHABLE' });
      const answer = await run;
      expect([answer.status, answer.json.code]).toEqual([502, 'ENGINE_UNREACHABLE']);
      const meanwhile = await server.connect('/exec/0123/start');
      expect((await meanwhile.closed).code).toBe(4502);
      await ending;
      await engine.stop();
      await engine.start();
      await back();
      const container = await runContainer(engine);
      const again = await server.connect(`/containers/${container}/terminal?cmd=echo&cmd=hi`);
      expect((await again.closed).reason).toBe('exit:0');
      const { json } = await server.call('GET', '/terminals?status=lost');
      expect(json.items[0]).toMatchObject({ status: 'lost', exitCode: null, viewers: 0 });
    },
    90_000,
  );

  it('does not mistake an Engine that hangs for one that ended a process', async () => {
    const container = await runContainer(engine);
    const shell = await server.connect(`/containers/${container}/terminal?cmd=sh`);
    await shell.until('#');
    engine.freeze();
    await delay(3_000);
    expect(shell.ws.readyState).toBe(shell.ws.OPEN);
    engine.thaw();
    shell.input('echo al""ive; exit 3\n');
    expect((await shell.closed).reason).toBe('exit:3');
    expect(shell.text()).toContain('alive');
  }, 60_000);
});

describe('processes on an Engine that keeps containers running over its own restart', () => {
  it('are ended when it is back, though it has forgotten them', async () => {
    await using engine = await startPrivateEngine({ liveRestore: true });
    await using server = await processServer(engine.socketPath);
    const container = await runContainer(engine);
    const id = await server.exec(container, { cmd: ['sleep', '598'], tty: true });
    const client = await server.connect(`/exec/${id}/start`);
    await waitFor(async () => (await processesOf(engine, container)).includes('sleep 598'), {
      what: 'the process',
    });
    await engine.kill();
    expect((await client.closed).code).toBe(4502);
    await engine.start();
    await waitFor(async () => (await processesOf(engine, container)).join() === 'sleep 600', {
      ...{ what: 'the process to be ended', timeoutMs: 30_000 },
    });
  }, 90_000);
});
