import { Type } from 'typebox';
import type { System } from '../../use-cases/system/system.ts';
import type { Metrics } from '../metrics.ts';
import { type Route, route } from '../route.ts';
import { HostQuery } from '../schemas/common.ts';
import {
  DiskUsageSchema,
  EngineInfoSchema,
  EngineVersionSchema,
  HealthSchema,
  ReadinessSchema,
} from '../schemas/system.ts';

/** What a load balancer, Prometheus and a person in front of a broken server ask for; at the root, outside the API's prefix. */
export function operationsRoutes(deps: {
  readonly system: Pick<System, 'checkReadiness'>;
  readonly metrics: Metrics;
}): readonly Route[] {
  return [health, readiness(deps.system), metrics(deps.metrics)];
}

/** Engines as a whole. */
export function systemRoutes(deps: Omit<System, 'checkReadiness'>): readonly Route[] {
  return [version(deps), info(deps), diskUsage(deps)];
}

const health = route({
  method: 'GET',
  path: '/healthz',
  operation: 'system.health',
  schema: {
    summary: 'Tell that the process is up',
    response: { 200: HealthSchema },
  },
  samples: ['curl -fsS "$FAIRLEAD/healthz"'],
  handle: async () => ({ status: 'up' }),
});

const readiness = ({ checkReadiness }: Pick<System, 'checkReadiness'>) =>
  route({
    method: 'GET',
    path: '/readyz',
    operation: 'system.ready',
    schema: {
      summary: 'Tell whether the database and the local Engine answer',
      description: 'All who ask within one second get the same answer.',
      response: { 200: ReadinessSchema, 503: ReadinessSchema },
    },
    samples: ['curl -fsS "$FAIRLEAD/readyz"'],
    handle: async ({ reply }) => {
      const { ready, checks } = await checkReadiness();
      reply.code(ready ? 200 : 503).header('Cache-Control', 'no-store');
      return { status: ready ? 'ready' : 'not-ready', checks };
    },
  });

const metrics = (metrics: Metrics) =>
  route({
    method: 'GET',
    path: '/metrics',
    operation: 'system.metrics',
    schema: {
      summary: 'Read the metrics of this server',
      description: 'Prometheus text: the process, requests by operation, WebSockets, calls to Engines.',
      response: { 200: { description: 'Metrics.', content: { 'text/plain': { schema: Type.String() } } } },
    },
    samples: ['curl -fsS -H "Authorization: Bearer $TOKEN" "$FAIRLEAD/metrics"'],
    handle: async ({ reply }) => {
      const { text, contentType } = await metrics.render();
      reply.type(contentType);
      return text;
    },
  });

const version = ({ readVersion }: Pick<System, 'readVersion'>) =>
  route({
    method: 'GET',
    path: '/version',
    operation: 'system.version',
    schema: {
      summary: 'Read the versions of an Engine',
      querystring: HostQuery({}),
      response: { 200: EngineVersionSchema },
    },
    samples: ['curl -fsS -H "Authorization: Bearer $TOKEN" "$FAIRLEAD/api/v1/docker/version"'],
    handle: ({ actor, query: { host = 'local' }, signal }) => readVersion(actor, host, signal),
  });

const info = ({ readInfo }: Pick<System, 'readInfo'>) =>
  route({
    method: 'GET',
    path: '/info',
    operation: 'system.info',
    schema: {
      summary: 'Describe an Engine and its machine',
      querystring: HostQuery({}),
      response: { 200: EngineInfoSchema },
    },
    samples: ['curl -fsS -H "Authorization: Bearer $TOKEN" "$FAIRLEAD/api/v1/docker/info"'],
    handle: ({ actor, query: { host = 'local' }, signal }) => readInfo(actor, host, signal),
  });

const diskUsage = ({ readDiskUsage }: Pick<System, 'readDiskUsage'>) =>
  route({
    method: 'GET',
    path: '/df',
    operation: 'system.df',
    schema: {
      summary: 'Measure what images, containers, volumes and the build cache take',
      description: 'The Engine adds it all up anew, which can take a while on a large host.',
      querystring: HostQuery({}),
      response: { 200: DiskUsageSchema },
    },
    samples: ['curl -fsS -H "Authorization: Bearer $TOKEN" "$FAIRLEAD/api/v1/docker/df"'],
    handle: ({ actor, query: { host = 'local' }, signal }) => readDiskUsage(actor, host, signal),
  });
