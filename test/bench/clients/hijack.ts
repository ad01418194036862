import { request } from 'node:http';
import type { Socket } from 'node:net';
import { engineJson } from '../../support/engine-api.ts';

export interface ExecOptions {
  readonly cmd: readonly string[];
  readonly tty: boolean;
}

/**
 * An exec over the Engine's own hijacked connection, as bare as it gets: what comes without a terminal still has the Engine's
 * 8 byte headers in it.
 */
export async function rawExec(
  socketPath: string,
  containerId: string,
  { cmd, tty }: ExecOptions,
): Promise<Socket> {
  const { Id } = await engineJson<{ Id: string }>(socketPath, 'POST', `/containers/${containerId}/exec`, {
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    Tty: tty,
    Cmd: cmd,
  });
  return hijack(socketPath, `/exec/${Id}/start`, { Tty: tty });
}

function hijack(socketPath: string, path: string, body: unknown): Promise<Socket> {
  const payload = Buffer.from(JSON.stringify(body));
  return new Promise((resolve, reject) => {
    const outgoing = request({
      socketPath,
      path,
      method: 'POST',
      agent: false,
      headers: {
        host: 'engine',
        connection: 'Upgrade',
        upgrade: 'tcp',
        'content-type': 'application/json',
        'content-length': payload.length,
      },
    });
    outgoing.on('upgrade', (_answer, socket, head) => {
      if (head.length > 0) socket.unshift(head);
      resolve(socket as Socket);
    });
    outgoing.on('response', (answer) => {
      answer.resume();
      reject(new Error(`POST ${path}: ${answer.statusCode} instead of an upgrade`));
    });
    outgoing.on('error', reject);
    outgoing.end(payload);
  });
}
