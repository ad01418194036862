import { connect as connectSocket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type AnyAuthMethod, Client, type ClientChannel, type ServerHostKeyAlgorithm } from 'ssh2';
import { FairleadError } from '../../domain/errors.ts';
import { describeAddress, type EngineAddress } from './address.ts';
import { fingerprint, judgeHostKey, keyType, knownKeys } from './known-hosts.ts';
import { channelSocket } from './ssh-socket.ts';

/** How to prove who we are to an SSH host, and how it has to prove who it is. */
export interface SshOptions {
  /** Private keys, in OpenSSH's or PEM's format; tried in this order. */
  readonly keys: readonly { readonly privateKey: string; readonly passphrase?: string }[];
  /** Socket of an SSH agent; its keys are tried first. */
  readonly agent?: string;
  /** Text of `known_hosts` files. A host that is not in it is refused. */
  readonly knownHosts: string;
}

/** One SSH connection to the host of an Engine, over which any number of connections to the Engine's socket are made. */
export interface SshTunnel {
  /** @throws FairleadError ENGINE_UNREACHABLE */
  open(): Promise<Duplex>;
  close(): void;
}

type SshAddress = Extract<EngineAddress, { kind: 'ssh' }>;

const READY_TIMEOUT_MS = 10_000;
/** Finds out within half a minute that a host has vanished without a word. */
const KEEPALIVE = { keepaliveInterval: 10_000, keepaliveCountMax: 2 };

/** Connects when the first connection is asked for, and anew when it was lost. */
export function createSshTunnel(address: SshAddress, options: SshOptions): SshTunnel {
  let connection: Promise<Client> | undefined;
  let closed = false;

  function connected(): Promise<Client> {
    if (closed) throw unreachable(address, 'the connection has been closed');
    if (connection === undefined) {
      const mine = connect(address, options, () => {
        if (connection === mine) connection = undefined;
      });
      connection = mine;
    }
    return connection;
  }

  return {
    async open() {
      const client = await connected();
      return channelSocket(await channelTo(client, address));
    },
    close() {
      closed = true;
      connection?.then(
        (client) => client.end(),
        () => undefined,
      );
    },
  };
}

/** @param onEnd called when the connection has ended or could not be made */
function connect(address: SshAddress, options: SshOptions, onEnd: () => void): Promise<Client> {
  const { host, port, username } = address;
  const known = knownKeys(options.knownHosts, host, port);
  const client = new Client();
  return new Promise((resolve, reject) => {
    let refusal: string | undefined;
    client.once('ready', () => resolve(client));
    // Kept for the life of the connection: an error without a listener would end the process.
    client.on('error', (error) => {
      reject(unreachable(address, refusal ?? error.message, error));
    });
    client.once('close', () => {
      onEnd();
      reject(unreachable(address, 'the connection was closed'));
    });
    const types = hostKeyAlgorithms(known.map(({ type }) => type));
    client.connect({
      sock: connectSocket({ host, port, noDelay: true }),
      username,
      readyTimeout: READY_TIMEOUT_MS,
      ...KEEPALIVE,
      authHandler: authMethods(username, options),
      // A host with keys of several types is to show one of those that are known.
      ...(types.length === 0 ? {} : { algorithms: { serverHostKey: types } }),
      hostVerifier: (key: Buffer) => {
        const verdict = judgeHostKey(known, key);
        if (verdict !== 'known') refusal = refusalOf(verdict, key);
        return verdict === 'known';
      },
    });
  });
}

function channelTo(client: Client, address: SshAddress): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error) =>
      reject(unreachable(address, `no way to ${address.path} there: ${error.message}`, error));
    try {
      client.openssh_forwardOutStreamLocal(address.path, (error, channel) => {
        if (error) fail(error);
        else resolve(channel);
      });
    } catch (error) {
      // Thrown when the connection ended a moment ago.
      fail(error instanceof Error ? error : new Error(String(error)));
    }
  });
}

function authMethods(username: string, { agent, keys }: SshOptions): AnyAuthMethod[] {
  return [
    ...(agent === undefined ? [] : [{ type: 'agent' as const, username, agent }]),
    ...keys.map(({ privateKey, passphrase }) => ({
      type: 'publickey' as const,
      username,
      key: privateKey,
      ...(passphrase === undefined ? {} : { passphrase }),
    })),
  ];
}

/** By which algorithms a host shows a key of a type; those of other types are of no use here. */
const ALGORITHMS: readonly (readonly [string, readonly ServerHostKeyAlgorithm[]])[] = [
  ['ssh-ed25519', ['ssh-ed25519']],
  ['ecdsa-sha2-nistp256', ['ecdsa-sha2-nistp256']],
  ['ecdsa-sha2-nistp384', ['ecdsa-sha2-nistp384']],
  ['ecdsa-sha2-nistp521', ['ecdsa-sha2-nistp521']],
  ['ssh-rsa', ['rsa-sha2-512', 'rsa-sha2-256']],
];

function hostKeyAlgorithms(types: readonly string[]): ServerHostKeyAlgorithm[] {
  return ALGORITHMS.flatMap(([type, algorithms]) => (types.includes(type) ? algorithms : []));
}

function refusalOf(verdict: string, key: Buffer): string {
  const shown = `${keyType(key)} ${fingerprint(key)}`;
  switch (verdict) {
    case 'changed':
      return `its host key has changed to ${shown}; if that is right, put it into known_hosts in place of the old one`;
    case 'revoked':
      return `its host key ${shown} is marked as revoked in known_hosts`;
    default:
      return `its host key ${shown} is not in known_hosts; if it is the right one, add it`;
  }
}

function unreachable(address: SshAddress, reason: string, cause?: unknown): FairleadError {
  return new FairleadError(
    'ENGINE_UNREACHABLE',
    `The Engine at ${describeAddress(address)} cannot be reached: ${reason}`,
    { cause },
  );
}
