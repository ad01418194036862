import type http from 'node:http';
import { FairleadError } from '../../domain/errors.ts';
import type { Dialer } from './agent.ts';
import { fromTransport } from './errors.ts';

/** What an Engine tells of itself in the headers of its ping. */
export interface EngineGreeting {
  /** Its newest API, such as `1.45`. */
  readonly apiVersion: string;
  /** The API that both sides speak, as a path prefix: `/v1.45`. */
  readonly prefix: string;
  /** `2` where BuildKit is the default builder. */
  readonly builderVersion: string;
  readonly osType: string;
  readonly swarm: string;
}

/** The newest API that Fairlead knows. */
const NEWEST = '1.45';
/** The oldest that has all it calls (Engine 19.03). */
const OLDEST = '1.40';
const PING_DEADLINE_MS = 5_000;

/**
 * Asks an Engine for its version. A restarting Engine accepts connections for seconds without answering, hence the short
 * deadline. Throws ENGINE_UNREACHABLE, ENGINE_TIMEOUT or, for one too old, ENGINE_NOT_SUPPORTED.
 */
export async function greet(dialer: Dialer, where: string, signal?: AbortSignal): Promise<EngineGreeting> {
  const headers = await ping(dialer, where, signal);
  const apiVersion = String(headers['api-version'] ?? OLDEST);
  if (older(apiVersion, OLDEST)) {
    throw new FairleadError(
      'ENGINE_NOT_SUPPORTED',
      `The Engine at ${where} speaks API ${apiVersion}; Fairlead needs ${OLDEST} (Docker 19.03) or newer.`,
    );
  }
  return {
    apiVersion,
    prefix: `/v${older(apiVersion, NEWEST) ? apiVersion : NEWEST}`,
    builderVersion: String(headers['builder-version'] ?? '1'),
    osType: String(headers['ostype'] ?? 'linux'),
    swarm: String(headers['swarm'] ?? 'inactive'),
  };
}

/** Whether API version `a` is older than `b`, number by number. */
export function older(a: string, b: string): boolean {
  const [majorA = 0, minorA = 0] = a.split('.').map(Number);
  const [majorB = 0, minorB = 0] = b.split('.').map(Number);
  return majorA === majorB ? minorA < minorB : majorA < majorB;
}

function ping(dialer: Dialer, where: string, signal?: AbortSignal): Promise<http.IncomingHttpHeaders> {
  return new Promise((resolve, reject) => {
    const client = dialer.request({
      method: 'HEAD',
      path: '/_ping',
      headers: { Host: 'docker' },
      ...(signal === undefined ? {} : { signal }),
    });
    const timer = setTimeout(() => {
      client.destroy(
        new FairleadError(
          'ENGINE_TIMEOUT',
          `The Engine at ${where} did not answer a ping within ${PING_DEADLINE_MS} ms.`,
        ),
      );
    }, PING_DEADLINE_MS);
    client.once('close', () => clearTimeout(timer));
    client.on('error', (error) => reject(signal?.aborted ? signal.reason : fromTransport(error, where)));
    client.once('response', (response) => {
      response.on('error', reject);
      response.resume();
      const status = response.statusCode ?? 0;
      if (status < 400) resolve(response.headers);
      else
        reject(new FairleadError('ENGINE_ERROR', `The Engine at ${where} answered a ping with ${status}.`));
    });
    client.end();
  });
}
