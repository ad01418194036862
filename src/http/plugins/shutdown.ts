import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import fp from 'fastify-plugin';
import { FairleadError } from '../../domain/errors.ts';

export interface ShutdownOptions {
  /** How long requests that are being worked on get. */
  readonly graceMs?: number;
}

const GRACE_MS = 4_000;
/** After the grace: for answering 503, and for peers that do not answer a close frame. */
const LAST_MS = 1_500;
const LOOK_EVERY_MS = 10;

/**
 * The way down of `app.close()`: new requests get a 503, sockets are told 1001, streams end, and requests that are being
 * worked on get some time; then what is left is cut off.
 */
export const shutdown = fp<ShutdownOptions>(async (app: FastifyInstance, { graceMs = GRACE_MS }) => {
  const { sessions } = app.services;
  let closing = false;

  app.addHook('onRequest', (_request, reply, done) => {
    if (!closing) return done();
    reply.header('Connection', 'close');
    done(
      new FairleadError('SHUTTING_DOWN', 'The server is shutting down.', { extra: { retryAfterSeconds: 5 } }),
    );
  });

  app.addHook('preClose', async () => {
    closing = true;
    sessions.endAll('shutting-down');
    const idle = () => app.inFlight() === 0;
    await until(idle, graceMs);
    sessions.endAll('out-of-time');
    await until(idle, LAST_MS);
    sessions.stop();
    for (const ws of app.websocketServer.clients) ws.terminate();
    app.server.closeAllConnections();
  });
});

async function until(condition: () => boolean, limitMs: number): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!condition() && performance.now() < deadline) await delay(LOOK_EVERY_MS);
}
