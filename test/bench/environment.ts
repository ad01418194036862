import { execFileSync } from 'node:child_process';
import { cpus, release, totalmem } from 'node:os';
import postgres from 'postgres';
import { engineJson } from '../support/engine-api.ts';
import { postgresUrl, type TestEngine } from '../support/testbed.ts';

/** On what a row of the table was measured. */
export interface Environment {
  readonly cores: number;
  readonly processor: string;
  readonly memoryGiB: number;
  readonly kernel: string;
  readonly node: string;
  readonly engine: string;
  readonly dockerCli: string;
  readonly postgres: string;
}

export async function currentEnvironment(engine: TestEngine): Promise<Environment> {
  const { ApiVersion } = await engineJson<{ ApiVersion: string }>(engine.socketPath, 'GET', '/version');
  return {
    cores: cpus().length,
    processor: cpus()[0]?.model.trim() ?? '',
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.versions.node,
    engine: `${engine.version} (API ${ApiVersion})`,
    dockerCli: execFileSync('docker', ['version', '--format', '{{.Client.Version}}'], {
      env: { ...process.env, DOCKER_HOST: `unix://${engine.socketPath}` },
      encoding: 'utf8',
    }).trim(),
    postgres: await postgresVersion(),
  };
}

async function postgresVersion(): Promise<string> {
  const sql = postgres(postgresUrl(), { max: 1, onnotice: () => undefined });
  try {
    const [row] = await sql<{ server_version: string }[]>`SHOW server_version`;
    return row?.server_version ?? '';
  } finally {
    await sql.end();
  }
}
