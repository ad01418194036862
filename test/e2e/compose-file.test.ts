import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { composeBin } from '../support/testbed.ts';

const project = fileURLToPath(new URL('../..', import.meta.url));

interface ComposeModel {
  services: Record<
    string,
    {
      environment: Record<string, string>;
      ports?: { host_ip?: string; published: string; target: number }[];
      secrets: { source: string }[];
    }
  >;
}

/** What Docker Compose itself reads from docker-compose.yml. */
function model(environment: Record<string, string>): ComposeModel {
  const output = execFileSync(composeBin(), ['config', '--format', 'json'], {
    cwd: project,
    env: { PATH: process.env.PATH, ...environment },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return JSON.parse(output) as ComposeModel;
}

describe('docker-compose.yml', () => {
  it('publishes one port, on 127.0.0.1 only', () => {
    const { services } = model({ DOCKER_GID: '999' });
    const ports = Object.values(services).flatMap((service) => service.ports ?? []);
    expect(ports).toMatchObject([{ host_ip: '127.0.0.1', published: '3000', target: 3000 }]);
  });

  it('hands every secret over as a file', () => {
    const { services } = model({ DOCKER_GID: '999' });
    const secrets = Object.values(services)
      .flatMap(({ environment }) => Object.keys(environment))
      .filter((variable) => /PASSWORD|TOKEN|DATABASE_URL/.test(variable));
    expect(secrets.length).toBeGreaterThan(0);
    expect(secrets.filter((variable) => !variable.endsWith('_FILE'))).toEqual([]);
  });

  it('says what is missing where the group of the socket is not given', () => {
    expect(() => model({})).toThrow(/DOCKER_GID/);
  });
});
