import http from 'node:http';
import https from 'node:https';
import { inspect } from 'node:util';
import type { EngineAddress } from './address.ts';

/** How a request of `node:http(s)` reaches an Engine: the options that differ by kind of address. */
export interface Dialer {
  readonly protocol: 'http:' | 'https:';
  readonly agent: http.Agent;
  readonly options: http.RequestOptions;
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
    case 'tls': {
      const agent = quiet(new https.Agent({ keepAlive: true, maxFreeSockets: IDLE_SOCKETS, ...address.tls }));
      return {
        protocol: 'https:',
        agent,
        options: { host: address.host, port: address.port, ...address.tls },
        close: () => agent.destroy(),
      };
    }
  }
}

function plain(options: http.RequestOptions): Dialer {
  const agent = quiet(new http.Agent({ keepAlive: true, maxFreeSockets: IDLE_SOCKETS }));
  return { protocol: 'http:', agent, options, close: () => agent.destroy() };
}

/**
 * dockerode prints its request options with `util.inspect` on every call, also when nobody reads it; an agent that prints
 * its sockets costs 15 to 25 ms of CPU a call under load. So the agent prints as a word.
 */
export function quiet<A extends http.Agent>(agent: A): A {
  Object.defineProperty(agent, inspect.custom, { value: () => 'Agent', enumerable: false });
  return agent;
}
