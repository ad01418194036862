import Docker from 'dockerode';
import { FairleadError } from '../../domain/errors.ts';
import type { EngineAddress } from './address.ts';
import type { Dialer } from './agent.ts';
import { engineMessage } from './error-text.ts';
import { fromStatus, fromTransport, type Subject } from './errors.ts';

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until the call counts as lost. Default 30 000. `null` waits for ever. */
  readonly deadlineMs?: number | null;
}

/**
 * A JSON call through dockerode. `run` builds its options afresh for each call (dockerode changes what it is given) and passes
 * `signal` on as `abortSignal`. Throws a FairleadError for whatever goes wrong, and the signal's reason if the caller gave up.
 */
export type GuardedCall = <T>(
  subject: Subject,
  run: (docker: Docker, signal: AbortSignal) => Promise<T>,
  options?: CallOptions,
) => Promise<T>;

const DEFAULT_DEADLINE_MS = 30_000;

export interface GuardOptions {
  readonly address: EngineAddress;
  readonly dialer: Dialer;
  readonly where: string;
  /** The negotiated version's path prefix, such as `/v1.41`. */
  readonly prefix: (signal?: AbortSignal) => Promise<string>;
}

/** The one place that calls dockerode, so that each of its traps is met once. */
export function createGuard(options: GuardOptions): GuardedCall {
  const { where } = options;
  let client: { readonly prefix: string; readonly docker: Docker } | undefined;

  function docker(prefix: string): Docker {
    if (client?.prefix !== prefix) {
      client = { prefix, docker: new Docker(dockerodeOptions(options, prefix.slice(1))) };
    }
    return client.docker;
  }

  return async (subject, run, { signal, deadlineMs = DEFAULT_DEADLINE_MS } = {}) => {
    signal?.throwIfAborted();
    const controller = new AbortController();
    let cancel: (reason: unknown) => void = () => undefined;
    // dockerode never settles when an answer is cut in its middle, so this races instead of only aborting.
    const cancelled = new Promise<never>((_, reject) => {
      cancel = (reason) => {
        reject(reason);
        controller.abort();
      };
    });
    const giveUp = () => cancel(signal?.reason);
    signal?.addEventListener('abort', giveUp, { once: true });
    const timer =
      deadlineMs === null ? undefined : setTimeout(() => cancel(tooSlow(where, deadlineMs)), deadlineMs);
    const answered = async () =>
      await run(docker(await options.prefix(controller.signal)), controller.signal);
    try {
      return await Promise.race([answered(), cancelled]);
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      throw translate(error, where, subject);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', giveUp);
    }
  };
}

/**
 * Waits for a dockerode call that answers 304 where there was nothing to do; dockerode takes that for a failure.
 * Returns whether something was done.
 */
export async function unlessDone(call: Promise<unknown>): Promise<boolean> {
  try {
    await call;
    return true;
  } catch (error) {
    if (statusOf(error) === 304) return false;
    throw error;
  }
}

function tooSlow(where: string, deadlineMs: number): FairleadError {
  return new FairleadError(
    'ENGINE_TIMEOUT',
    `The Engine at ${where} did not answer within ${deadlineMs} ms.`,
  );
}

function dockerodeOptions({ address, dialer }: GuardOptions, version: string): Docker.DockerOptions {
  // What is not said here dockerode takes from DOCKER_HOST and its like in the environment, which may mean another Engine.
  const common = { version, agent: dialer.agent, timeout: undefined, pathPrefix: '/', headers: {} };
  const bare = { ...common, key: undefined, cert: undefined, ca: undefined };
  return target() as Docker.DockerOptions;

  function target(): object {
    switch (address.kind) {
      case 'unix':
        return { ...bare, protocol: 'http', host: '', socketPath: address.path };
      case 'tcp':
        return { ...bare, protocol: 'http', host: address.host, port: address.port };
      case 'tls':
        return { ...bare, protocol: 'https', host: address.host, port: address.port, ...address.tls };
      case 'ssh':
        // The agent tunnels; dockerode's own ssh opens a connection for every request.
        return { ...bare, protocol: 'http', host: 'localhost', port: 80 };
    }
  }
}

function translate(error: unknown, where: string, subject: Subject): unknown {
  const status = statusOf(error);
  if (status !== undefined) return fromStatus(status, messageOf(error), subject);
  return fromTransport(error, where);
}

function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error && 'statusCode' in error)) return undefined;
  return typeof error.statusCode === 'number' ? error.statusCode : undefined;
}

/** The Engine's own sentence; dockerode hides it in `json`, or only in its message for streams. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const json = 'json' in error ? error.json : undefined;
  if (typeof json === 'object' && json !== null && 'message' in json) return String(json.message);
  if (Buffer.isBuffer(json)) return engineMessage(json.toString());
  return error.message.replace(/^\(HTTP code \d+\) [^-]*- /, '').trim();
}
