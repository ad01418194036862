import Docker from 'dockerode';
import { FairleadError } from '../domain/errors.ts';
import type { EngineAddress } from './address.ts';
import type { Dialer } from './agent.ts';
import { fromStatus, fromTransport, isAbort, type Subject } from './errors.ts';

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until the call counts as lost. Default 30 000. `null` waits for ever. */
  readonly deadlineMs?: number | null;
}

/**
 * A JSON call through dockerode. `run` builds its options afresh for each call (dockerode changes what it is given) and passes
 * `signal` on as `abortSignal`. Throws a FairleadError for whatever goes wrong, the caller's own abort excepted.
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
  readonly prefix: () => Promise<string>;
}

/** The one place that calls dockerode, so that each of its traps is met once. */
export function createGuard(options: GuardOptions): GuardedCall {
  const { where } = options;
  let client: { readonly prefix: string; readonly docker: Docker } | undefined;

  async function docker(): Promise<Docker> {
    const prefix = await options.prefix();
    if (client?.prefix !== prefix)
      client = { prefix, docker: new Docker(dockerodeOptions(options, prefix.slice(1))) };
    return client.docker;
  }

  return async (subject, run, { signal, deadlineMs = DEFAULT_DEADLINE_MS } = {}) => {
    signal?.throwIfAborted();
    const controller = new AbortController();
    const giveUp = () => controller.abort(signal?.reason);
    signal?.addEventListener('abort', giveUp, { once: true });
    let timer: NodeJS.Timeout | undefined;
    // dockerode never settles when an answer is cut in its middle, so the deadline races instead of only aborting.
    const lost = new Promise<never>((_, reject) => {
      if (deadlineMs === null) return;
      timer = setTimeout(() => {
        reject(
          new FairleadError(
            'ENGINE_TIMEOUT',
            `The Engine at ${where} did not answer within ${deadlineMs} ms.`,
          ),
        );
        controller.abort();
      }, deadlineMs);
    });
    const aborted = new Promise<never>((_, reject) => {
      controller.signal.addEventListener('abort', () => reject(controller.signal.reason), { once: true });
    });
    try {
      return await Promise.race([run(await docker(), controller.signal), lost, aborted]);
    } catch (error) {
      throw translate(error, where, subject);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', giveUp);
    }
  };
}

function dockerodeOptions({ address, dialer }: GuardOptions, version: string): Docker.DockerOptions {
  // `host: ''` keeps DOCKER_HOST of the environment from taking the place of the socket that was asked for.
  const common = { version, agent: dialer.agent };
  switch (address.kind) {
    case 'unix':
      return { ...common, host: '', socketPath: address.path };
    case 'tcp':
      return { ...common, protocol: 'http', host: address.host, port: address.port };
    case 'tls':
      return { ...common, protocol: 'https', host: address.host, port: address.port, ...address.tls };
    case 'ssh':
      // The agent tunnels; dockerode's own ssh opens a connection for every request.
      return { ...common, protocol: 'http', host: 'localhost', port: 80 };
  }
}

function translate(error: unknown, where: string, subject: Subject): unknown {
  if (error instanceof FairleadError || isAbort(error)) return error;
  if (error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number') {
    return fromStatus(error.statusCode, engineMessage(error), subject);
  }
  return fromTransport(error, where);
}

/** The Engine's own sentence; dockerode hides it in `json`, or only in its message for streams. */
function engineMessage(error: Error & { json?: unknown }): string {
  const { json } = error;
  if (typeof json === 'object' && json !== null && 'message' in json) return String(json.message);
  if (Buffer.isBuffer(json)) return json.toString();
  return error.message.replace(/^\(HTTP code \d+\) [^-]*- /, '').trim();
}
