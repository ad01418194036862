import type { FastifyInstance } from 'fastify';
import type { MountedRoute } from './asyncapi.ts';

/** A list that grows by every route that `mount` adds from now on. */
export function mountedRoutes(app: FastifyInstance): readonly MountedRoute[] {
  const mounted: MountedRoute[] = [];
  app.addHook('onRoute', ({ config, url }) => {
    if (config?.route !== undefined) mounted.push({ url, tag: config.tag ?? '', route: config.route });
  });
  return mounted;
}
