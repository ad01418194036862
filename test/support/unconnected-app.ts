import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { type AppDeps, buildApp } from '../../src/app.ts';
import { createMetrics } from '../../src/http/metrics.ts';

/** Whatever is asked of it, it answers itself: stands where routes only hold their use cases without calling them. */
const NOTHING: unknown = new Proxy(() => NOTHING, { get: () => NOTHING });

/** Every route of the server over nothing: for its documents and its tables. Not to be asked anything that needs a use case. */
export async function unconnectedApp(): Promise<FastifyInstance> {
  const real: Partial<AppDeps> = {
    logger: pino({ level: 'silent' }),
    http: { allowedOrigins: [], trustedProxies: [], graceMs: 0 },
    metrics: createMetrics(),
  };
  const deps = new Proxy(real, { get: (target, name) => Reflect.get(target, name) ?? NOTHING });
  const app = await buildApp(deps as AppDeps);
  await app.ready();
  return app;
}
