import { abortable } from './abortable.ts';
import type { EngineAddress } from './address.ts';
import { describeAddress } from './address.ts';
import { dialerFor } from './agent.ts';
import { createGuard, type GuardedCall } from './guard.ts';
import type { SshOptions } from './ssh-tunnel.ts';
import { createTransport, type EngineTransport } from './transport.ts';
import { type EngineGreeting, greet } from './version.ts';

/** Both ways to one Engine, over one description of its connection. What every client of `src/docker` is built on. */
export interface EngineLink {
  /** The address as told to people. */
  readonly where: string;
  /** JSON calls. */
  readonly call: GuardedCall;
  /** Byte streams. */
  readonly transport: EngineTransport;
  /** The Engine's version; asked for once, and again after the Engine was lost. */
  greeting(signal?: AbortSignal): Promise<EngineGreeting>;
  /** Asks the Engine in any case. Throws ENGINE_UNREACHABLE or ENGINE_TIMEOUT, the latter after 5 s. */
  ping(signal?: AbortSignal): Promise<EngineGreeting>;
  /** Forgets the version: the Engine went away and may come back as another. */
  forget(): void;
  close(): void;
}

/** Opens nothing yet: connections are made by the calls that need one. `ssh` is needed for an address of that kind. */
export function openLink(address: EngineAddress, ssh?: SshOptions): EngineLink {
  const where = describeAddress(address);
  const dialer = dialerFor(address, ssh);
  let known: Promise<EngineGreeting> | undefined;

  function greeting(signal?: AbortSignal): Promise<EngineGreeting> {
    if (known === undefined) {
      // Shared by all who wait for it, so none of them may abort it.
      const asked = greet(dialer, where);
      known = asked;
      asked.catch(() => {
        if (known === asked) known = undefined;
      });
    }
    return abortable(known, signal);
  }
  const prefix = async (signal?: AbortSignal) => (await greeting(signal)).prefix;

  return {
    where,
    greeting,
    ping: (signal) => greet(dialer, where, signal),
    call: createGuard({ address, dialer, where, prefix }),
    transport: createTransport({ dialer, where, prefix }),
    forget() {
      known = undefined;
    },
    close: () => dialer.close(),
  };
}
