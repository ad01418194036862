import http from 'node:http';
import https from 'node:https';
import { isIP } from 'node:net';
import { inspect } from 'node:util';
import type { EngineAddress } from './address.ts';

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

/** Builds the one agent that all calls to an Engine share. */
export function dialerFor(address: Exclude<EngineAddress, { kind: 'ssh' }>): Dialer {
  switch (address.kind) {
    case 'unix':
      return plain({ socketPath: address.path });
    case 'tcp':
      return plain({ host: address.host, port: address.port });
    case 'tls':
      return secure(address);
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

/**
 * dockerode prints its request options with `util.inspect` on every call, also when nobody reads it; an agent that prints
 * its sockets costs 15 to 25 ms of CPU a call under load. So the agent prints as a word.
 */
export function quiet<A extends http.Agent>(agent: A): A {
  Object.defineProperty(agent, inspect.custom, { value: () => 'Agent', enumerable: false });
  return agent;
}
