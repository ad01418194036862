import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { processesOf } from '../support/container-processes.ts';
import { type ProcessServer, processServer } from '../support/process-server.ts';
import { type TestScope, testScope } from '../support/scope.ts';
import { engines } from '../support/testbed.ts';
import { waitFor } from '../support/wait-for.ts';

const V5 = { protocols: ['v5.channel.k8s.io'] };
const MIB = 1024 * 1024;

describe.each(engines())('exec over a WebSocket on Engine $name', (engine) => {
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

  const made = (body: Record<string, unknown>) => server.exec(container, { attachStdin: true, ...body });
  const attach = async (body: Record<string, unknown>, options = {}, query = '') =>
    server.connect(`/exec/${await made(body)}/start${query}`, options);
  const gone = (command: string) =>
    waitFor(async () => !(await processesOf(engine, container)).some((line) => line.includes(command)), {
      what: `${command} to be ended`,
    });
  const there = (command: string) =>
    waitFor(async () => (await processesOf(engine, container)).some((line) => line.includes(command)), {
      what: `${command} to run`,
    });

  it('passes bytes both ways without a subprotocol, text frames too, and closes with the exit code', async () => {
    const client = await attach({ cmd: ['sh', '-c', 'head -c 8; exit 7'] });
    client.ws.send('aä');
    client.ws.send(Buffer.of(0, 255, 1, 4));
    client.ws.send('b');
    expect(await client.closed).toEqual({ code: 1000, reason: 'exit:7' });
    expect(client.bytes()).toEqual(
      Buffer.concat([Buffer.from('aä'), Buffer.of(0, 255, 1, 4), Buffer.from('b')]),
    );
    const both = await attach({ cmd: ['sh', '-c', 'echo out; echo err >&2'] });
    await both.closed;
    expect(both.text().split('\n').sort()).toEqual(['', 'err', 'out']);
  });

  it('speaks the remote command protocol: channels, half-close, final status', async () => {
    const client = await attach({ cmd: ['sh', '-c', 'cat; echo err >&2; exit 3'] }, V5);
    expect(client.ws.protocol).toBe('v5.channel.k8s.io');
    client.input('over the wire');
    client.endInput();
    client.input('too late');
    expect(await client.closed).toEqual({ code: 1000, reason: 'exit:3' });
    expect([client.text(1), client.text(2)]).toEqual(['over the wire', 'err\n']);
    expect(client.status()).toMatchObject({
      ...{ status: 'Failure', reason: 'NonZeroExitCode' },
      details: { causes: [{ reason: 'ExitCode', message: '3' }] },
    });
  });

  it('speaks the older protocol too, and none that it does not know', async () => {
    const older = await attach({ cmd: ['true'] }, { protocols: ['nonsense', 'v4.channel.k8s.io'] });
    expect(older.ws.protocol).toBe('v4.channel.k8s.io');
    await older.closed;
    expect(older.status()).toMatchObject({ status: 'Success' });
    await expect(attach({ cmd: ['true'] }, { protocols: ['nonsense'] })).rejects.toThrow(/subprotocol/);
  });

  it('keeps what is sent before the process is there, in its order', async () => {
    const client = await attach({ cmd: ['sh'], tty: true }, V5);
    // The socket is open, the process is not: all of this waits.
    client.resize(33, 101);
    client.input('stty size; echo en""d\n');
    expect(await client.until('end')).toContain('33 101');
    client.input('exit 5\n');
    expect((await client.closed).reason).toBe('exit:5');
    expect(client.text(2)).toBe('');
  });

  it('gives a terminal its size from the query, the channel and REST, the newest last', async () => {
    const id = await made({ cmd: ['sh'], tty: true });
    const client = await server.connect(`/exec/${id}/start?rows=11&cols=44`, V5);
    const size = async (expected: string) => {
      await waitFor(
        async () => {
          client.input('stty size\n');
          await delay(50);
          return client.text().includes(`\n${expected}\r`);
        },
        { what: `the size ${expected}` },
      );
    };
    await size('11 44');
    for (let rows = 1; rows <= 30; rows += 1) client.resize(rows, 90);
    await size('30 90');
    expect((await server.call('POST', `/exec/${id}/resize?rows=12&cols=34`)).status).toBe(204);
    await size('12 34');
    expect((await server.call('GET', `/exec/${id}/resize?rows=13&cols=35`)).status).toBe(204);
    await size('13 35');
    client.input('exit\n');
    await client.closed;
    const late = await server.call('POST', `/exec/${id}/resize?rows=1&cols=1`);
    expect([late.status, late.json.code]).toEqual([409, 'EXEC_NOT_RUNNING']);
  });

  it('delivers 100 MB of random bytes with the sum they were sent with', async () => {
    // Both ends hash on their own: the container what it writes, the client what it reads.
    const client = await attach(
      {
        cmd: [
          'sh',
          '-c',
          'mkfifo /tmp/f; sha256sum </tmp/f >/tmp/sum & head -c 100000000 /dev/urandom | tee /tmp/f; wait; cat /tmp/sum >&2',
        ],
      },
      { ...V5, keep: false },
    );
    const errors: string[] = [];
    client.ws.on('message', (data: Buffer) => {
      if (data[0] === 2) errors.push(data.toString('utf8', 1));
    });
    expect((await client.closed).reason).toBe('exit:0');
    expect(client.received).toBe(100_000_000);
    expect(errors.join('').split(' ')[0]).toBe(client.sha256());
  }, 60_000);

  it.each([
    ['a pipe', false],
    ['a terminal', true],
  ])('takes a paste of 1 MiB of random bytes whole into %s', async (_, tty) => {
    const paste = randomBytes(MIB);
    const script = `${tty ? 'stty raw -echo; ' : ''}echo ready; head -c ${MIB} | sha256sum`;
    const client = await attach({ cmd: ['sh', '-c', script], tty });
    await client.until('ready');
    client.input(paste);
    expect((await client.closed).reason).toBe('exit:0');
    expect(client.text()).toContain(createHash('sha256').update(paste).digest('hex'));
  });

  it('takes any key of a terminal as input, those that detach elsewhere too', async () => {
    const keys = Buffer.from([0x10, 0x11, 0x1e, 0x10, 0x11, 0x04, 0x03, 0x1b]);
    const script = `stty raw -echo; echo ready; head -c ${keys.length} | od -An -tx1`;
    const client = await attach({ cmd: ['sh', '-c', script], tty: true });
    await client.until('ready');
    for (const key of keys) client.input(Buffer.of(key));
    expect((await client.closed).reason).toBe('exit:0');
    expect(client.text()).toContain('10 11 1e 10 11 04 03 1b');
  });

  it('detaches by the keys that somebody asked for, and leaves the process running', async () => {
    const body = { cmd: ['sleep', '4401'], tty: true, detachKeys: 'ctrl-x,y' };
    const id = await made(body);
    const client = await server.connect(`/exec/${id}/start`);
    await there('sleep 4401');
    client.input(Buffer.from([0x18]));
    client.input('y');
    expect(await client.closed).toEqual({ code: 1000, reason: 'detached' });
    expect((await server.call('GET', `/exec/${id}`)).json.running).toBe(true);
  });

  it('closes with a code that tells what was wrong', async () => {
    const unknown = await server.connect(`/exec/${'0'.repeat(64)}/start`, V5);
    expect(await unknown.closed).toMatchObject({
      code: 4404,
      reason: expect.stringContaining('EXEC_NOT_FOUND'),
    });
    expect(unknown.status()).toMatchObject({ status: 'Failure', reason: 'EXEC_NOT_FOUND' });

    const id = await made({ cmd: ['sleep', '3'] });
    const first = await server.connect(`/exec/${id}/start`);
    await there('sleep 3');
    const second = await server.connect(`/exec/${id}/start`);
    expect((await second.closed).code).toBe(4409);
    first.vanish();

    const stopping = await scope.runContainer('stopping');
    const orphan = await server.exec(stopping.name, { cmd: ['true'] });
    await server.engine.containers.kill(stopping.id);
    // With the container's end the Engine forgets it.
    expect((await (await server.connect(`/exec/${orphan}/start`)).closed).code).toBe(4404);
  });

  it('ends with the process when the container is killed', async () => {
    const victim = await scope.runContainer('victim');
    const id = await server.exec(victim.name, { cmd: ['sh'], tty: true, attachStdin: true });
    const client = await server.connect(`/exec/${id}/start`);
    await client.until('#');
    await server.engine.containers.kill(victim.id);
    expect(await client.closed).toEqual({ code: 1000, reason: 'exit:137' });
  });

  it('refuses a frame over 4 MiB with 1009, and a size that is none with 4400; both end the process', async () => {
    const big = await attach({ cmd: ['sleep', '4402'] });
    await there('sleep 4402');
    big.ws.send(Buffer.alloc(4 * MIB + 1));
    expect((await big.closed).code).toBe(1009);
    await gone('sleep 4402');

    const odd = await attach({ cmd: ['sleep', '4403'], tty: true }, V5);
    odd.ws.send(Buffer.from('\x04{"Width":'));
    expect(await odd.closed).toMatchObject({
      code: 4400,
      reason: expect.stringContaining('VALIDATION_FAILED'),
    });
    await gone('sleep 4403');
  });

  it('ends the process of a client that vanishes, and all that it began', async () => {
    const client = await attach({ cmd: ['sh'], tty: true });
    client.input('env -i sleep 4404 & nohup sleep 4405 & (trap "" HUP; sleep 4406)\n');
    await there('sleep 4406');
    client.vanish();
    expect(await Promise.all(['sleep 4404', 'sleep 4405', 'sleep 4406'].map(gone))).toEqual([
      true,
      true,
      true,
    ]);
  });

  it('leaks nothing over 30 rounds of opening and dropping', async () => {
    const round = async (index: number) => {
      const client = await attach({ cmd: ['sleep', '4407'], tty: index % 2 === 0 });
      if (index % 3 !== 0) await there('sleep 4407');
      client.vanish();
    };
    for (let index = 0; index < 30; index += 3) {
      await Promise.all([round(index), round(index + 1), round(index + 2)]);
    }
    expect(await gone('sleep 4407')).toBe(true);
    await waitFor(() => server.test.app.inFlight() === 0, { what: 'all sockets to be closed' });
  }, 60_000);

  it('closes the sockets of a token that is revoked with 4401, and ends their processes', async () => {
    const operator = await server.test.token({ role: 'operator' });
    const id = await made({ cmd: ['sleep', '4408'] });
    const client = await server.connect(`/exec/${id}/start`, { headers: operator.headers });
    await there('sleep 4408');
    await server.test.ports.tokens.revoke(operator.id, new Date());
    server.test.access.authenticator.forget(operator.id);
    expect((await client.closed).code).toBe(4401);
    await gone('sleep 4408');
  });

  it('takes a ticket in the place of a token, once', async () => {
    const ticket = await server.test.access.issueTicket({
      ...{ tokenId: server.token.id, name: 't', role: 'admin', requestId: 'r', address: '127.0.0.1' },
      ...{ permissions: null, hosts: null, stacks: null, projects: null },
    });
    const path = `/exec/${await made({ cmd: ['echo', 'hi'] })}/start?ticket=${ticket.ticket}`;
    const client = await server.connect(path, { headers: { authorization: '' } });
    await client.closed;
    expect(client.text()).toBe('hi\n');
    await expect(server.connect(path, { headers: { authorization: '' } })).rejects.toThrow('401');
  });

  it('holds the process back for a viewer who stops reading, with little memory', async () => {
    const client = await attach(
      { cmd: ['yes', '0123456789012345678901234567890123456789'] },
      { keep: false },
    );
    await waitFor(() => client.received > 20 * MIB, { what: 'the output to flow' });
    client.ws.pause();
    globalThis.gc?.();
    const before = process.memoryUsage().rss;
    let most = 0;
    for (let tick = 0; tick < 50; tick += 1) {
      await delay(100);
      most = Math.max(most, process.memoryUsage().rss - before);
    }
    expect(most / MIB).toBeLessThan(32);
    const stalled = client.received;
    client.ws.resume();
    await waitFor(() => client.received > stalled + 20 * MIB, { what: 'the output to flow again' });
    client.vanish();
    await gone('yes 0123');
  }, 40_000);

  it('holds the peer back for a process that does not read, with little memory', async () => {
    const client = await attach({ cmd: ['sh', '-c', 'sleep 4; sha256sum'] }, V5);
    const piece = randomBytes(MIB);
    const hash = createHash('sha256');
    const before = process.memoryUsage().rss;
    for (let index = 0; index < 64; index += 1) {
      client.input(piece);
      hash.update(piece);
    }
    client.endInput();
    await delay(3_000);
    // The client, in this process, holds what the server does not take.
    const held = client.ws.bufferedAmount;
    expect(held).toBeGreaterThan(48 * MIB);
    expect(process.memoryUsage().rss - before - held).toBeLessThan(100 * MIB);
    expect((await client.closed).reason).toBe('exit:0');
    expect(client.text()).toContain(hash.digest('hex'));
  }, 40_000);
});
