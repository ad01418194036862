import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';

/** What a scripted Engine does with one request. The path comes without the version's prefix. */
export type Script = (
  request: IncomingMessage & { readonly route: string },
  response: ServerResponse,
) => void;

export interface ScriptedEngineOptions {
  readonly apiVersion?: string;
  readonly onRequest: Script;
  readonly onUpgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** Decides on requests that ask before they send their body; without it, all may. */
  readonly onExpect?: Script;
  /** What to do with a ping; without it, it is answered. */
  readonly onPing?: (response: ServerResponse) => void;
}

/** Plays an Engine that misbehaves in ways in which a real one cannot be made to at will. */
export interface ScriptedEngine extends AsyncDisposable {
  readonly socketPath: string;
  /** Method and path of every request so far, pings among them. */
  readonly requests: readonly string[];
  /** Connections accepted so far. */
  readonly connections: number;
  readonly open: number;
}

export async function startScriptedEngine(options: ScriptedEngineOptions): Promise<ScriptedEngine> {
  const folder = mkdtempSync(join(tmpdir(), 'fairlead-scripted-'));
  const socketPath = join(folder, 'engine.sock');
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;

  const handle =
    (script: Script) =>
    (request: IncomingMessage, response: ServerResponse): void => {
      const url = request.url ?? '';
      requests.push(`${request.method} ${url}`);
      if (url === '/_ping') {
        if (options.onPing) options.onPing(response);
        else
          response
            .writeHead(200, { 'Api-Version': options.apiVersion ?? '1.45', 'Builder-Version': '2' })
            .end();
        return;
      }
      script(Object.assign(request, { route: url.replace(/^\/v\d+\.\d+/, '') }), response);
    };

  const server: Server = createServer(handle(options.onRequest));
  server.on('connection', (socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
  });
  if (options.onExpect) server.on('checkContinue', handle(options.onExpect));
  const { onUpgrade } = options;
  if (onUpgrade) {
    server.on('upgrade', (request, socket, head) => {
      requests.push(`${request.method} ${request.url}`);
      onUpgrade(request, socket, head);
    });
  }
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));

  return {
    socketPath,
    requests,
    get connections() {
      return connections;
    },
    get open() {
      return sockets.size;
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
