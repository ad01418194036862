import type { ContainerChange } from '../../domain/container-spec.ts';
import type { Containers } from '../../use-cases/containers/containers.ts';
import { filtersOf } from '../presenters/containers.ts';
import { type Route, route } from '../route.ts';
import { HostQuery, Strict } from '../schemas/common.ts';
import { CommitBody, ContainerName, PruneQuery, UpdateBody } from '../schemas/container-requests.ts';
import {
  CommitResultSchema,
  ContainerParams,
  PruneResultSchema,
  WarningsSchema,
} from '../schemas/containers.ts';

/** Containers: changed, made into images, and tidied up. */
export function containerEditRoutes(containers: Containers): readonly Route[] {
  return [update(containers), rename(containers), commit(containers), prune(containers)];
}

const update = (containers: Containers) =>
  route({
    method: 'PATCH',
    path: '/containers/:id',
    operation: 'containers.update',
    schema: {
      summary: 'Change the limits and the restart policy of a container',
      description: 'What is missing stays as it is. The container goes on running.',
      params: ContainerParams,
      querystring: HostQuery({}),
      body: UpdateBody,
      response: { 200: WarningsSchema },
    },
    errors: ['CONFLICT'],
    samples: [
      'curl -fsS -X PATCH -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" -d \'{"resources":{"cpus":0.5,"memoryBytes":67108864,"memorySwapBytes":67108864},"restartPolicy":{"name":"unless-stopped"}}\' "$FAIRLEAD/api/v1/docker/containers/demo"',
    ],
    handle: async ({ actor, params, query, body, note, signal }) => {
      const { host = 'local' } = query;
      const input = { host, ref: params.id, change: body as ContainerChange };
      const { id, warnings } = await containers.update(actor, input, signal);
      note({ targetId: id });
      return { warnings };
    },
  });

const rename = (containers: Containers) =>
  route({
    method: 'POST',
    path: '/containers/:id/rename',
    operation: 'containers.rename',
    schema: {
      summary: 'Rename a container',
      params: ContainerParams,
      querystring: HostQuery({}),
      body: Strict({ name: ContainerName }),
      response: { 204: { description: 'It has the name.' } },
    },
    errors: ['NAME_IN_USE', 'CONFLICT'],
    samples: [
      'curl -fsS -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" -d \'{"name":"demo-2"}\' "$FAIRLEAD/api/v1/docker/containers/demo/rename"',
    ],
    handle: async ({ actor, params, query, body, note, signal }) => {
      const { host = 'local' } = query;
      const was = await containers.rename(actor, { host, ref: params.id, name: body.name }, signal);
      note({ targetId: was.id, details: { from: was.name, to: body.name } });
    },
  });

const commit = (containers: Containers) =>
  route({
    method: 'POST',
    path: '/containers/:id/commit',
    operation: 'containers.commit',
    schema: {
      summary: 'Make an image of a container',
      description: 'Of its files, without what its volumes hold.',
      params: ContainerParams,
      querystring: HostQuery({}),
      body: CommitBody,
      response: { 201: CommitResultSchema },
    },
    errors: ['CONFLICT'],
    samples: [
      'curl -fsS -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" -d \'{"repository":"demo-copy","tag":"v1","changes":["ENV A=b"]}\' "$FAIRLEAD/api/v1/docker/containers/demo/commit"',
    ],
    handle: async ({ actor, params, query, body, note, signal }) => {
      const { host = 'local' } = query;
      const made = await containers.commit(actor, { host, ref: params.id, options: body ?? {} }, signal);
      note({
        details: { imageId: made.imageId, ...(made.reference === null ? {} : { reference: made.reference }) },
      });
      return made;
    },
  });

const prune = (containers: Containers) =>
  route({
    method: 'POST',
    path: '/containers/prune',
    operation: 'containers.prune',
    schema: {
      summary: 'Remove all containers that do not run',
      description: 'Those that fit all filters; without filters, every one on the host that does not run.',
      querystring: PruneQuery,
      response: { 200: PruneResultSchema },
    },
    samples: [
      'curl -fsS -X POST -H "Authorization: Bearer $TOKEN" "$FAIRLEAD/api/v1/docker/containers/prune?label=team=nobody&until=24h"',
    ],
    handle: async ({ actor, query, note, signal }) => {
      const { host = 'local', ...plain } = query;
      const pruned = await containers.prune(actor, { host, filters: filtersOf(plain) }, signal);
      note({ details: { removed: pruned.removed.length, reclaimedBytes: pruned.reclaimedBytes } });
      return { deleted: pruned.removed, spaceReclaimed: pruned.reclaimedBytes };
    },
  });
