import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ConfigError, loadConfig } from '../../src/config.ts';

const TOKEN = `flt_${'a'.repeat(43)}`;

describe('the configuration', () => {
  it('has a default for everything', () => {
    expect(loadConfig({})).toEqual({
      host: '127.0.0.1',
      port: 3000,
      databaseUrl: null,
      dataDir: './data',
      adminToken: null,
      allowedOrigins: [],
      allowedBindRoots: [],
      trustedProxies: [],
      terminalGraceSeconds: 30,
      docker: { url: null, tlsVerify: false, certPath: null, sshAgent: null },
      logLevel: 'info',
    });
  });

  it('reads every variable', () => {
    const config = loadConfig({
      HOST: '::1',
      PORT: '0',
      DATABASE_URL: 'postgres://u:p@127.0.0.1/d',
      FAIRLEAD_DATA_DIR: '/var/lib/fairlead',
      FAIRLEAD_ADMIN_TOKEN: TOKEN,
      FAIRLEAD_ALLOWED_ORIGINS: 'https://a.example, http://localhost:5173',
      FAIRLEAD_ALLOWED_BIND_ROOTS: '/srv,/data',
      FAIRLEAD_TRUSTED_PROXIES: '127.0.0.1',
      FAIRLEAD_TERMINAL_GRACE_SECONDS: '5',
      DOCKER_HOST: 'tcp://127.0.0.1:2376',
      DOCKER_TLS_VERIFY: '1',
      DOCKER_CERT_PATH: '/certs',
      LOG_LEVEL: 'debug',
    });
    expect(config).toMatchObject({
      host: '::1',
      port: 0,
      adminToken: TOKEN,
      allowedOrigins: ['https://a.example', 'http://localhost:5173'],
      allowedBindRoots: ['/srv', '/data'],
      terminalGraceSeconds: 5,
      docker: { url: 'tcp://127.0.0.1:2376', tlsVerify: true, certPath: '/certs' },
      logLevel: 'debug',
    });
  });

  it('takes a secret from the file that NAME_FILE names', () => {
    const files: Record<string, string> = { '/run/secrets/token': `${TOKEN}\n` };
    const config = loadConfig(
      { FAIRLEAD_ADMIN_TOKEN_FILE: '/run/secrets/token' },
      (path) => files[path] ?? '',
    );
    expect(config.adminToken).toBe(TOKEN);
  });

  it('refuses a secret that is given twice', () => {
    expect(() =>
      loadConfig({ FAIRLEAD_ADMIN_TOKEN: TOKEN, FAIRLEAD_ADMIN_TOKEN_FILE: '/x' }, () => TOKEN),
    ).toThrow(/FAIRLEAD_ADMIN_TOKEN and FAIRLEAD_ADMIN_TOKEN_FILE are both set/);
  });

  it('counts an empty variable as unset', () => {
    expect(loadConfig({ DATABASE_URL: '', DOCKER_HOST: '', PORT: '' }).port).toBe(3000);
  });

  it('tells all mistakes at once, each with its variable and what it should look like', () => {
    const attempt = () =>
      loadConfig({
        PORT: '70000',
        LOG_LEVEL: 'loud',
        DOCKER_HOST: 'localhost:2375',
        FAIRLEAD_ALLOWED_ORIGINS: 'example.org',
        FAIRLEAD_ALLOWED_BIND_ROOTS: 'srv',
      });
    expect(attempt).toThrow(ConfigError);
    expect(attempt).toThrow(/5 mistake/);
    for (const words of [
      /PORT is a port/,
      /LOG_LEVEL is one of/,
      /DOCKER_HOST looks like/,
      /"example.org"/,
      /"srv"/,
    ]) {
      expect(attempt).toThrow(words);
    }
  });

  it('never repeats the value of a secret', () => {
    expect(() => loadConfig({ FAIRLEAD_ADMIN_TOKEN: 'hunter2-hunter2' })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('hunter2') }),
    );
  });

  it('is explained in .env.example, variable by variable', () => {
    const explained = new Set(
      [...readFileSync('.env.example', 'utf8').matchAll(/^(?:# )?([A-Z][A-Z_]+)=/gm)].map(([, name]) => name),
    );
    const read = [...readFileSync('src/config.ts', 'utf8').matchAll(/^ {2}([A-Z][A-Z_]+): Type\./gm)].map(
      ([, name]) => name,
    );
    expect(read.length).toBeGreaterThan(10);
    for (const name of read) expect(explained, name).toContain(name);
  });
});
