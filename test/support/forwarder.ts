import { connect, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';

/** A port on 127.0.0.1 behind which something else is, such as an Engine's unix socket. */
export interface Forwarder extends AsyncDisposable {
  readonly port: number;
  /** Connections accepted so far. */
  readonly connections: number;
  /** Cuts all that are open, as a network does. */
  cut(): void;
}

/**
 * Forwards bytes, half-closes too. With `tls`, those who connect speak TLS.
 * @param target a unix socket, or a port on 127.0.0.1.
 */
export async function forwardTo(target: string | number, tls?: TlsOptions): Promise<Forwarder> {
  const way = typeof target === 'string' ? { path: target } : { port: target, host: '127.0.0.1' };
  const sockets = new Set<Socket>();
  let connections = 0;
  const join = (client: Socket): void => {
    connections += 1;
    const engine = connect({ ...way, allowHalfOpen: true });
    for (const [one, other] of [
      [client, engine],
      [engine, client],
    ] as const) {
      sockets.add(one);
      one.pipe(other);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  };
  const server: Server = tls
    ? createTlsServer({ ...tls, allowHalfOpen: true }, join)
    : createServer({ allowHalfOpen: true }, join);
  server.on('tlsClientError', () => undefined);
  // Below TLS too: a handshake that fails leaves its half of the connection open.
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    get connections() {
      return connections;
    },
    cut,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      cut();
      await closed;
    },
  };
}
