import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { OperatorError } from '../../domain/operator-error.ts';
import { DEFAULT_SOCKET, type EngineAddress, parseEngineUrl, type TlsMaterial } from './address.ts';
import type { SshOptions } from './ssh-tunnel.ts';

/** What the environment says of the Engine of the host named `local`. */
export interface LocalEngineSettings {
  /** As DOCKER_HOST; `null` for the Engine's own socket. */
  readonly url: string | null;
  readonly tlsVerify: boolean;
  /** Folder with ca.pem, cert.pem and key.pem. */
  readonly certPath: string | null;
}

export interface LocalEngine {
  readonly address: EngineAddress;
  readonly ssh?: SshOptions;
}

/** Where keys are looked for. */
export interface Surroundings {
  /** Default: the user's. */
  readonly home?: string;
  /** Socket of an SSH agent, as SSH_AUTH_SOCK. */
  readonly sshAgent?: string;
}

/** As `ssh` does without further configuration. */
const KEY_FILES = ['id_ed25519', 'id_ecdsa', 'id_rsa'];

/**
 * Finds out how to reach the Engine of this machine or the one that DOCKER_HOST names, and reads the keys for it.
 *
 * @throws OperatorError for an address that is none, and for certificates that cannot be read
 */
export function localEngine(settings: LocalEngineSettings, surroundings: Surroundings = {}): LocalEngine {
  const { home = homedir(), sshAgent } = surroundings;
  const url = settings.url ?? `unix://${DEFAULT_SOCKET}`;
  const secure = url.startsWith('https:') || (url.startsWith('tcp:') && settings.tlsVerify);
  const tls = secure ? tlsMaterial(settings.certPath ?? join(home, '.docker')) : undefined;
  const address = parsed(url, tls);
  if (address.kind !== 'ssh') return { address };
  const keys = KEY_FILES.flatMap((name) => optional(join(home, '.ssh', name)));
  const knownHosts = [join(home, '.ssh/known_hosts'), '/etc/ssh/ssh_known_hosts'].flatMap(optional);
  const ssh = { keys: keys.map((privateKey) => ({ privateKey })), knownHosts: knownHosts.join('\n') };
  return { address, ssh: sshAgent === undefined ? ssh : { ...ssh, agent: sshAgent } };
}

function parsed(url: string, tls: TlsMaterial | undefined): EngineAddress {
  try {
    return parseEngineUrl(url, tls);
  } catch (cause) {
    throw new OperatorError(`DOCKER_HOST: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

/** Without a ca.pem the system's authorities count; a client's certificate needs its key. */
function tlsMaterial(folder: string): TlsMaterial {
  const [ca] = optional(join(folder, 'ca.pem'));
  const [cert] = optional(join(folder, 'cert.pem'));
  const [key] = optional(join(folder, 'key.pem'));
  if ((cert === undefined) !== (key === undefined)) {
    const missing = cert === undefined ? 'cert.pem' : 'key.pem';
    throw new OperatorError(
      `DOCKER_CERT_PATH: ${join(folder, missing)} is missing beside the other of the two.`,
    );
  }
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

/** The file's text, or nothing if there is no such file. */
function optional(path: string): [string] | [] {
  try {
    return [readFileSync(path, 'utf8')];
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new OperatorError(`${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
}
