import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { type AppDeps, buildApp, type CoreDeps } from '../../src/app.ts';
import { createMetrics } from '../../src/http/metrics.ts';

/** Whatever is asked of it, it answers itself: stands where routes hold their use cases without calling them. */
const NOTHING: unknown = new Proxy(() => NOTHING, { get: () => NOTHING });

/** Completes the dependencies of an app by nothing. */
export function unconnected(real: Partial<CoreDeps>): AppDeps {
  return new Proxy(real, { get: (target, name) => Reflect.get(target, name) ?? NOTHING }) as AppDeps;
}

/** Every route of the server over nothing: for its documents and its tables. Not to be asked anything that needs a use case. */
export async function unconnectedApp(): Promise<FastifyInstance> {
  const app = await buildApp(
    unconnected({
      logger: pino({ level: 'silent' }),
      http: { allowedOrigins: [], trustedProxies: [], graceMs: 0 },
      metrics: createMetrics(),
    }),
  );
  await app.ready();
  return app;
}
