import { once } from 'node:events';
import WebSocket from 'ws';
import type { ServerProcess } from '../../support/server-process.ts';
import { type BytePipe, socketPipe } from './byte-pipe.ts';
import type { ExecOptions } from './hijack.ts';
import type { HttpClient } from './http.ts';

/** A WebSocket of the server's API as its administrator, not yet open; `path` begins below `/api/v1/docker`. */
export function apiSocket({ host, port, adminToken }: ServerProcess, path: string): WebSocket {
  return new WebSocket(`ws://${host}:${port}/api/v1/docker${path}`, {
    perMessageDeflate: false,
    headers: { authorization: `Bearer ${adminToken}` },
  });
}

/** A WebSocket with JSON messages, open; `onMessage` gets every one, the first too. */
export async function openSocket(
  server: ServerProcess,
  path: string,
  onMessage: (data: Buffer) => void,
): Promise<WebSocket> {
  const socket = apiSocket(server, path);
  socket.binaryType = 'nodebuffer';
  socket.on('message', onMessage);
  await once(socket, 'open');
  return socket;
}

/** An exec that is made by REST and started by its WebSocket: any frame in is its input, binary frames out are its output. */
export async function apiExec(
  server: ServerProcess,
  api: HttpClient,
  containerId: string,
  { cmd, tty }: ExecOptions,
): Promise<BytePipe> {
  const { execId } = await api.json<{ execId: string }>('POST', `/containers/${containerId}/exec`, {
    cmd,
    tty,
    attachStdin: true,
    attachStdout: true,
    attachStderr: true,
  });
  return socketPipe(apiSocket(server, `/exec/${execId}/start`));
}

/** A process that is made and started in one step. */
export function apiTerminal(
  server: ServerProcess,
  containerId: string,
  { cmd, tty }: ExecOptions,
): Promise<BytePipe> {
  const query = new URLSearchParams({ tty: String(tty) });
  for (const part of cmd) query.append('cmd', part);
  return socketPipe(apiSocket(server, `/containers/${containerId}/terminal?${query.toString()}`));
}

/** Closes a WebSocket and waits until it is. */
export async function closeSocket(socket: WebSocket): Promise<void> {
  if (socket.readyState === WebSocket.CLOSED) return;
  const closed = once(socket, 'close');
  socket.close();
  await closed;
}
