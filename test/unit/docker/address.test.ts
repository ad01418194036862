import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeAddress, parseEngineUrl } from '../../../src/docker/connection/address.ts';
import { localEngine } from '../../../src/docker/connection/local-engine.ts';
import { OperatorError } from '../../../src/domain/operator-error.ts';

describe('the address of an Engine', () => {
  it('is read as DOCKER_HOST is', () => {
    expect(parseEngineUrl('unix:///run/docker.sock')).toEqual({ kind: 'unix', path: '/run/docker.sock' });
    expect(parseEngineUrl('unix://')).toEqual({ kind: 'unix', path: '/var/run/docker.sock' });
    expect(parseEngineUrl('tcp://10.0.0.1')).toEqual({ kind: 'tcp', host: '10.0.0.1', port: 2375 });
    expect(parseEngineUrl('tcp://10.0.0.1:80')).toEqual({ kind: 'tcp', host: '10.0.0.1', port: 80 });
    expect(parseEngineUrl('tcp://[::1]:4243')).toEqual({ kind: 'tcp', host: '::1', port: 4243 });
    expect(parseEngineUrl('tcp://docker', {})).toEqual({ kind: 'tls', host: 'docker', port: 2376, tls: {} });
    expect(parseEngineUrl('https://docker:443/')).toEqual({
      kind: 'tls',
      host: 'docker',
      port: 443,
      tls: {},
    });
    expect(parseEngineUrl('ssh://me@docker')).toEqual({
      kind: 'ssh',
      host: 'docker',
      port: 22,
      username: 'me',
      path: '/var/run/docker.sock',
    });
    expect(parseEngineUrl('ssh://docker:2222/run/user/1000/docker.sock')).toMatchObject({
      port: 2222,
      username: 'root',
      path: '/run/user/1000/docker.sock',
    });
  });

  it('says what is wrong with one that is none', () => {
    expect(() => parseEngineUrl('unix://relative')).toThrow(/absolute/);
    expect(() => parseEngineUrl('docker')).toThrow(/not a URL/);
    expect(() => parseEngineUrl('ftp://docker')).toThrow(/scheme/);
    expect(() => parseEngineUrl('ssh://me:secret@docker')).toThrow(/password/);
  });

  it('is told to people without secrets', () => {
    for (const url of ['unix:///run/docker.sock', 'tcp://h:2375', 'https://h:2376', 'ssh://me@h:22']) {
      expect(describeAddress(parseEngineUrl(url))).toBe(url);
    }
  });
});

describe('the local Engine', () => {
  let home = '';
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'fairlead-home-'));
    mkdirSync(join(home, '.ssh'));
    mkdirSync(join(home, '.docker'));
  });
  afterEach(() => rmSync(home, { recursive: true }));

  it("is the Engine's own socket where nothing is said", () => {
    expect(localEngine({ url: null, tlsVerify: false, certPath: null }, { home })).toEqual({
      address: { kind: 'unix', path: '/var/run/docker.sock' },
    });
  });

  it('is reached over TLS with the keys of the folder, or of the home folder', () => {
    const folder = join(home, 'certs');
    mkdirSync(folder);
    for (const [where, mark] of [
      [folder, 'given'],
      [join(home, '.docker'), 'own'],
    ] as const) {
      for (const name of ['ca', 'cert', 'key']) writeFileSync(join(where, `${name}.pem`), `${mark} ${name}`);
    }
    const settings = { url: 'tcp://docker:2376', tlsVerify: true };
    expect(localEngine({ ...settings, certPath: folder }, { home }).address).toMatchObject({
      kind: 'tls',
      tls: { ca: 'given ca', cert: 'given cert', key: 'given key' },
    });
    expect(localEngine({ ...settings, certPath: null }, { home }).address).toMatchObject({
      tls: { ca: 'own ca' },
    });
    expect(localEngine({ ...settings, tlsVerify: false, certPath: folder }, { home }).address.kind).toBe(
      'tcp',
    );
  });

  it('asks the operator for a key that is missing beside its certificate', () => {
    writeFileSync(join(home, '.docker/cert.pem'), 'cert');
    expect(() => localEngine({ url: 'https://docker', tlsVerify: false, certPath: null }, { home })).toThrow(
      OperatorError,
    );
    expect(() => localEngine({ url: 'nonsense', tlsVerify: false, certPath: null }, { home })).toThrow(
      /DOCKER_HOST/,
    );
  });

  it('is reached over SSH with the keys, the agent and the known hosts of the user', () => {
    writeFileSync(join(home, '.ssh/id_ed25519'), 'key');
    writeFileSync(join(home, '.ssh/known_hosts'), 'docker ssh-ed25519 AAAA\n');
    const settings = { url: 'ssh://me@docker', tlsVerify: false, certPath: null };
    const { address, ssh } = localEngine(settings, { home, sshAgent: '/run/agent' });
    expect(address.kind).toBe('ssh');
    expect(ssh).toMatchObject({ keys: [{ privateKey: 'key' }], agent: '/run/agent' });
    expect(ssh?.knownHosts).toContain('docker ssh-ed25519 AAAA');
    expect(localEngine(settings, { home }).ssh).not.toHaveProperty('agent');
  });
});
