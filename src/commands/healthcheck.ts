import { get } from 'node:http';
import { loadConfig } from '../config.ts';
import { attempt } from './attempt.ts';
import type { CommandContext } from './context.ts';

const TIMEOUT_MS = 3_000;
/** Addresses that mean "all of this machine's" to a server, and nothing to a client. */
const LOOPBACK: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/** `fairlead healthcheck`: asks the server of the same environment whether it is up; 0 if so. For container health checks. */
export function healthcheckCommand(context: CommandContext): Promise<number> {
  return attempt(context, async () => {
    const { host, port } = loadConfig(context.environment);
    const problem = await problemOf(LOOPBACK[host] ?? host, port);
    if (problem === null) return 0;
    context.stderr.write(`${problem}\n`);
    return 1;
  });
}

function problemOf(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const where = `The server at ${host}:${port}`;
    const request = get({ host, port, path: '/healthz', agent: false, timeout: TIMEOUT_MS }, (response) => {
      response.resume();
      resolve(response.statusCode === 200 ? null : `${where} answered ${response.statusCode}.`);
    });
    request.on('timeout', () => request.destroy(new Error(`no answer within ${TIMEOUT_MS / 1000} s`)));
    request.on('error', (error) => resolve(`${where} is not up: ${error.message}`));
  });
}
