import http from 'node:http';
import https from 'node:https';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { inspect } from 'node:util';
import type { EngineAddress } from './address.ts';
import { createSshTunnel, type SshOptions, type SshTunnel } from './ssh-tunnel.ts';

/** How requests reach one Engine: what differs by kind of address, and nothing else. */
export interface Dialer {
  /** Begins a request; the caller says what goes into it. */
  request(options: http.RequestOptions): http.ClientRequest;
  /** The agent behind `request`, for clients that make their requests themselves. */
  readonly agent: http.Agent;
  close(): void;
}

/** Sockets kept open for the next call; more may be open while they are busy. */
const IDLE_SOCKETS = 16;

/** Builds the one agent that all calls to an Engine share. `ssh` is needed for an address of that kind. */
export function dialerFor(address: EngineAddress, ssh?: SshOptions): Dialer {
  switch (address.kind) {
    case 'unix':
      return plain({ socketPath: address.path });
    case 'tcp':
      return plain({ host: address.host, port: address.port });
    case 'tls':
      return secure(address);
    case 'ssh':
      return tunnelled(address, ssh ?? NO_KEYS);
  }
}

function plain(target: http.RequestOptions): Dialer {
  const agent = quiet(new http.Agent({ keepAlive: true, maxFreeSockets: IDLE_SOCKETS }));
  return {
    request: (options) => http.request({ ...target, ...options, agent }),
    agent,
    close: () => agent.destroy(),
  };
}

function secure({ host, port, tls }: Extract<EngineAddress, { kind: 'tls' }>): Dialer {
  // Without a name Node would check the certificate against the Host header.
  const material = { ...tls, servername: isIP(host) === 0 ? host : '' };
  const agent = quiet(new https.Agent({ keepAlive: true, maxFreeSockets: IDLE_SOCKETS, ...material }));
  return {
    request: (options) => https.request({ host, port, ...material, ...options, agent }),
    agent,
    close: () => agent.destroy(),
  };
}

function tunnelled(address: Extract<EngineAddress, { kind: 'ssh' }>, ssh: SshOptions): Dialer {
  const tunnel = createSshTunnel(address, ssh);
  const agent = quiet(new TunnelAgent(tunnel));
  return {
    request: (options) => http.request({ ...options, agent }),
    agent,
    close() {
      agent.destroy();
      tunnel.close();
    },
  };
}

const NO_KEYS: SshOptions = { keys: [], knownHosts: '' };

/** Its sockets are channels of one SSH connection. */
class TunnelAgent extends http.Agent {
  readonly #tunnel: SshTunnel;

  constructor(tunnel: SshTunnel) {
    super({ keepAlive: true, maxFreeSockets: IDLE_SOCKETS });
    this.#tunnel = tunnel;
  }

  override createConnection(
    _options: http.ClientRequestArgs,
    callback?: (error: Error | null, socket: Duplex) => void,
  ): Duplex | null | undefined {
    this.#tunnel.open().then(
      (socket) => callback?.(null, socket),
      (error: unknown) => callback?.(error as Error, undefined as never),
    );
    return undefined;
  }
}

/**
 * dockerode prints its request options with `util.inspect` on every call, also when nobody reads it; an agent that prints
 * its sockets costs 15 to 25 ms of CPU a call under load. So the agent prints as a word.
 */
export function quiet<A extends http.Agent>(agent: A): A {
  Object.defineProperty(agent, inspect.custom, { value: () => 'Agent', enumerable: false });
  return agent;
}
