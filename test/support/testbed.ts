import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const envFile = fileURLToPath(new URL('../../.cache/testbed.env', import.meta.url));

/** A Docker Engine that tests may use, but never restart or prune. */
export interface TestEngine {
  /** Major and minor version, such as `20.10` or `26.1`: what the Engine itself says it is. */
  readonly name: string;
  /** The Engine's whole version string. */
  readonly version: string;
  readonly socketPath: string;
}

function readTestbed(): Record<string, string | undefined> {
  const values: Record<string, string | undefined> = {};
  try {
    for (const line of readFileSync(envFile, 'utf8').split('\n')) {
      const separator = line.indexOf('=');
      if (separator > 0) values[line.slice(0, separator)] = line.slice(separator + 1);
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  return { ...values, ...process.env };
}

function required(name: string, option: string): string {
  const value = readTestbed()[name];
  if (!value) throw new Error(`${name} is not known: run scripts/bed/up.sh ${option}`);
  return value;
}

/**
 * The Engines of the test bed, the oldest supported first. For `describe.each(engines())`.
 * @throws Error naming the command to run when there is none.
 */
export function engines(): TestEngine[] {
  const values = readTestbed();
  const found = ['ENGINE20', 'ENGINE26'].flatMap((key) => {
    const socketPath = values[`FAIRLEAD_TEST_${key}_SOCKET`];
    const version = values[`FAIRLEAD_TEST_${key}_VERSION`];
    if (!socketPath || !version) return [];
    return [{ name: version.split('.').slice(0, 2).join('.'), version, socketPath }];
  });
  if (found.length === 0) throw new Error('No Engine is known: run scripts/bed/up.sh --engine26');
  return found;
}

/** The first Engine, for tests that do not depend on the Engine's version. */
export function mainEngine(): TestEngine {
  const [engine] = engines();
  if (!engine) throw new Error('No Engine is known: run scripts/bed/up.sh');
  return engine;
}

/** URL of a PostgreSQL whose user may create databases; see `testDatabase()` for one of a test's own. */
export function postgresUrl(): string {
  return required('FAIRLEAD_TEST_POSTGRES_URL', '--postgres');
}

/** Path of the `docker-compose` v2 program, which takes the same arguments as `docker compose`. */
export function composeBin(): string {
  return required('FAIRLEAD_TEST_COMPOSE', '--compose');
}

/** Path of a Chromium that playwright-core can drive (with `--no-sandbox`). */
export function chromiumBin(): string {
  return required('FAIRLEAD_TEST_CHROMIUM', '--browser');
}

/** Path of `sshd`, for tests that start one of their own on 127.0.0.1. */
export function sshdBin(): string {
  return required('FAIRLEAD_TEST_SSHD', '--ssh');
}

/** A registry with a login, reached over plain HTTP on 127.0.0.1. */
export function registry(): { address: string; username: string; password: string } {
  return {
    address: required('FAIRLEAD_TEST_REGISTRY', '--registry'),
    username: required('FAIRLEAD_TEST_REGISTRY_USER', '--registry'),
    password: required('FAIRLEAD_TEST_REGISTRY_PASSWORD', '--registry'),
  };
}
