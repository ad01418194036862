import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EngineAddress, TlsMaterial } from '../../src/docker/connection/address.ts';
import { type Certificates, makeCertificates } from '../support/certificates.ts';
import { tried, worksAll } from '../support/connection-contract.ts';
import { type Forwarder, forwardTo } from '../support/forwarder.ts';
import { openTestEngine } from '../support/open-engine.ts';
import { mainEngine, type TestEngine } from '../support/testbed.ts';
import { waitFor } from '../support/wait-for.ts';

describe('a connection by TCP', () => {
  const forwarders = new Map<string, Forwarder>();
  afterAll(async () => {
    for (const one of forwarders.values()) await one[Symbol.asyncDispose]();
  });

  worksAll(async ({ socketPath }) => {
    const open = forwarders.get(socketPath) ?? (await forwardTo(socketPath));
    forwarders.set(socketPath, open);
    return { address: { kind: 'tcp', host: '127.0.0.1', port: open.port } };
  });

  it('comes back when the network does', async () => {
    const { socketPath, version } = mainEngine();
    await using through = await forwardTo(socketPath);
    await using engine = openTestEngine({ kind: 'tcp', host: '127.0.0.1', port: through.port });
    expect((await engine.system.version()).version).toBe(version);
    through.cut();
    await waitFor(() => engine.health.state() === 'lost', { what: 'the loss to be noticed', intervalMs: 1 });
    expect((await engine.system.version()).version).toBe(version);
  });
});

describe('a connection by TLS', () => {
  let certificates: Certificates;
  let stranger: Certificates;
  const forwarders = new Map<string, Forwarder>();

  async function through(socketPath: string): Promise<number> {
    const { ca, server } = certificates;
    const open =
      forwarders.get(socketPath) ??
      (await forwardTo(socketPath, { ca, ...server, requestCert: true, rejectUnauthorized: true }));
    forwarders.set(socketPath, open);
    return open.port;
  }

  beforeAll(() => {
    certificates = makeCertificates(['IP:127.0.0.1', 'DNS:localhost']);
    stranger = makeCertificates(['IP:127.0.0.1']);
  });
  afterAll(async () => {
    for (const one of forwarders.values()) await one[Symbol.asyncDispose]();
  });

  const to = async (
    host: string,
    tls: TlsMaterial,
    { socketPath }: TestEngine = mainEngine(),
  ): Promise<EngineAddress> => ({ kind: 'tls', host, port: await through(socketPath), tls });

  worksAll(async (engine) => {
    const { ca, client } = certificates;
    return { address: await to('127.0.0.1', { ca, ...client }, engine) };
  });

  it('checks the name in the certificate against the address, not against the Host header', async () => {
    const { ca, client } = certificates;
    await using engine = openTestEngine(await to('localhost', { ca, ...client }));
    expect(await tried(engine)).toBe('reached');
    const named = makeCertificates(['DNS:docker']);
    await using other = await forwardTo(mainEngine().socketPath, { ca: named.ca, ...named.server });
    await using wrong = openTestEngine({
      kind: 'tls',
      host: '127.0.0.1',
      port: other.port,
      tls: { ca: named.ca },
    });
    expect(await tried(wrong)).toMatch(/cannot be reached: .*altnames/);
  });

  it('is refused without a certificate of ours, with one of another authority, and by one of another authority', async () => {
    const { ca, client } = certificates;
    for (const [tls, message] of [
      [{ ca }, /certificate.required|alert/i],
      [{ ca, ...stranger.client }, /alert|unknown.ca|broke/i],
      [{ ca: stranger.ca, ...client }, /unable to verify|self.signed/i],
      [{ ...client }, /unable to verify|self.signed/i],
    ] as const) {
      await using engine = openTestEngine(await to('127.0.0.1', tls));
      expect(await tried(engine)).toMatch(message);
    }
  });

  it('says so when the port speaks something else', async () => {
    await using plain = await forwardTo(mainEngine().socketPath);
    await using engine = openTestEngine({ kind: 'tls', host: '127.0.0.1', port: plain.port, tls: {} });
    expect(await tried(engine)).toMatch(/cannot be reached|broke/);
    await using spoken = openTestEngine({
      kind: 'tcp',
      host: '127.0.0.1',
      port: await through(mainEngine().socketPath),
    });
    expect(await tried(spoken)).toMatch(/cannot be reached|broke|400/);
  });

  it('makes one handshake for many calls', async () => {
    const { ca, ...server } = { ca: certificates.ca, ...certificates.server };
    await using counted = await forwardTo(mainEngine().socketPath, server);
    await using engine = openTestEngine({ kind: 'tls', host: '127.0.0.1', port: counted.port, tls: { ca } });
    await engine.containers.list();
    const before = counted.connections;
    for (let round = 0; round < 30; round += 1) await engine.system.info();
    expect(counted.connections - before).toBeLessThanOrEqual(2);
  });
});
