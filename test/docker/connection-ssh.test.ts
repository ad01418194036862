import { execFileSync } from 'node:child_process';
import { setMaxListeners } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EngineAddress } from '../../src/docker/connection/address.ts';
import type { SshOptions } from '../../src/docker/connection/ssh-tunnel.ts';
import { tried, worksAll } from '../support/connection-contract.ts';
import { errorCode } from '../support/error-code.ts';
import { openTestEngine } from '../support/open-engine.ts';
import { type Sshd, startSshd } from '../support/sshd.ts';
import { mainEngine } from '../support/testbed.ts';
import { waitFor } from '../support/wait-for.ts';

describe('a connection by SSH', () => {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd();
  });
  afterAll(() => sshd[Symbol.asyncDispose]());

  const to = (path = mainEngine().socketPath): EngineAddress => ({
    kind: 'ssh',
    host: '127.0.0.1',
    port: sshd.port,
    username: sshd.username,
    path,
  });
  const trusted = (): SshOptions => ({ keys: [{ privateKey: sshd.userKey }], knownHosts: sshd.knownHosts });
  const message = async (ssh: SshOptions, path?: string) => {
    await using engine = openTestEngine(to(path), { ssh });
    return await tried(engine);
  };

  worksAll(async ({ socketPath }) => ({ address: to(socketPath), ssh: trusted() }));

  it('is one connection for any number of calls and streams', async () => {
    const before = sshd.accepted();
    await using engine = openTestEngine(to(), { ssh: trusted() });
    const controller = new AbortController();
    setMaxListeners(0, controller.signal);
    for (let index = 0; index < 20; index += 1) {
      await engine.events.events({ since: String(index + 1) }, controller.signal);
    }
    await Promise.all(Array.from({ length: 50 }, () => engine.system.info()));
    controller.abort();
    expect(sshd.accepted() - before).toBe(1);
  });

  it('takes about as long for a call as the network does, not as a login does', async () => {
    await using engine = openTestEngine(to(), { ssh: trusted() });
    await engine.health.ping();
    const times: number[] = [];
    for (let round = 0; round < 50; round += 1) times.push((await engine.health.ping()).latencyMs);
    times.sort((a, b) => a - b);
    // A login takes more than 50 ms.
    expect(times[25]).toBeLessThan(20);
  });

  it('is refused by a host whose key is not known, and says by which fingerprint it may be', async () => {
    const told = await message({ ...trusted(), knownHosts: '' });
    const printed = execFileSync('ssh-keygen', ['-lf', '-'], { input: sshd.knownHosts }).toString();
    const fingerprint = /SHA256:\S+/.exec(printed)?.[0] ?? 'none';
    expect(told).toContain(`ssh-ed25519 ${fingerprint} is not in known_hosts`);
  });

  it('is refused by a host whose key has changed', async () => {
    await using other = await startSshd();
    const line = other.knownHosts.replace(`:${other.port}`, `:${sshd.port}`);
    expect(await message({ ...trusted(), knownHosts: line })).toMatch(/host key has changed/);
    expect(await message({ ...trusted(), knownHosts: line + sshd.knownHosts })).toBe('reached');
    expect(await message({ ...trusted(), knownHosts: `@revoked ${sshd.knownHosts}` })).toMatch(/revoked/);
  });

  it('asks the host for the type of key that is known', async () => {
    await using rsa = await startSshd({ hostKeyType: 'rsa' });
    const address: EngineAddress = { ...to(), port: rsa.port } as EngineAddress;
    const ssh = { keys: [{ privateKey: rsa.userKey }], knownHosts: rsa.knownHosts };
    await using engine = openTestEngine(address, { ssh });
    expect(await tried(engine)).toBe('reached');
  });

  it('does not mind known keys of types that it cannot use', async () => {
    const strange = `[127.0.0.1]:${sshd.port} sk-ssh-ed25519@openssh.com AAAA\n`;
    expect(await message({ ...trusted(), knownHosts: strange + sshd.knownHosts })).toBe('reached');
    expect(await message({ ...trusted(), knownHosts: strange })).toMatch(/is not in known_hosts/);
  });

  it('is refused without a key that the host knows, and tries each that there is', async () => {
    const { knownHosts } = sshd;
    const other = { privateKey: sshd.otherKey };
    expect(await message({ keys: [other], knownHosts })).toMatch(/authentication/i);
    expect(await message({ keys: [], knownHosts })).toMatch(/authentication/i);
    expect(await message({ keys: [{ privateKey: 'no key' }], knownHosts })).toMatch(/cannot be reached/);
    expect(await message({ keys: [other, { privateKey: sshd.userKey }], knownHosts })).toBe('reached');
    expect(await message({ keys: [], agent: await sshd.agent(), knownHosts })).toBe('reached');
  });

  it('says so when there is no Engine on the other side', async () => {
    expect(await message(trusted(), '/nowhere/docker.sock')).toContain(
      'no way to /nowhere/docker.sock there',
    );
  });

  it('is made anew when it was lost', async () => {
    await using own = await startSshd();
    const ssh = { keys: [{ privateKey: own.userKey }], knownHosts: own.knownHosts };
    await using engine = openTestEngine({ ...to(), port: own.port } as EngineAddress, { ssh });
    await engine.containers.list();
    const waiting = engine.events.events({}).then(async (events) => {
      for await (const _ of events);
    });
    const ended = waiting.catch(errorCode);
    await own.stop();
    expect(await ended).toBe('ENGINE_UNREACHABLE');
    expect(await tried(engine)).toMatch(/cannot be reached/);
    await own.start();
    await waitFor(async () => (await tried(engine)) === 'reached', {
      what: 'the connection to be made anew',
    });
    expect((await engine.system.version()).version).toBe(mainEngine().version);
  });

  it('needs nothing that has to be compiled', () => {
    const tunnel = fileURLToPath(new URL('../../node_modules/ssh2/lib/index.js', import.meta.url));
    const script = `
      const { Module } = require('node:module');
      const load = Module._load;
      let refused = 0;
      Module._load = function (request, ...rest) {
        if (/\\.node$|cpu-features/.test(request)) { refused += 1; throw new Error('not compiled'); }
        return load.call(this, request, ...rest);
      };
      const { Client } = require(${JSON.stringify(tunnel)});
      new Client();
      console.log('loaded', refused > 0);
    `;
    expect(execFileSync(process.execPath, ['-e', script]).toString().trim()).toBe('loaded true');
  });
});
