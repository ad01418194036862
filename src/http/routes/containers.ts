import type { ContainerSpec } from '../../domain/container-spec.ts';
import type { Containers } from '../../use-cases/containers/containers.ts';
import { isUnchanged } from '../etag.ts';
import { filtersOf, renderContainers } from '../presenters/containers.ts';
import { type Route, route } from '../route.ts';
import { HostQuery, ListOf } from '../schemas/common.ts';
import { CreateBody, CreatedSchema } from '../schemas/container-create.ts';
import {
  ContainerGetQuery,
  ContainerListQuery,
  IfNoneMatchHeader,
  RemoveQuery,
  TopQuery,
} from '../schemas/container-requests.ts';
import {
  ContainerDetailsSchema,
  ContainerParams,
  ContainerSummarySchema,
  FileChangeSchema,
  ProcessesSchema,
} from '../schemas/containers.ts';

/** Containers: what is there, made and removed. */
export function containerRoutes(containers: Containers): readonly Route[] {
  return [
    list(containers),
    create(containers),
    get(containers),
    remove(containers),
    top(containers),
    changes(containers),
  ];
}

/** An environment of a megabyte and a thousand labels fit. */
const CREATE_BODY_LIMIT = 4 * 1024 * 1024;

const list = (containers: Containers) =>
  route({
    method: 'GET',
    path: '/containers',
    operation: 'containers.list',
    schema: {
      summary: 'List containers',
      description:
        'Newest first; those that run, unless `all` or a filter on states says otherwise. A token that is narrowed to stacks sees theirs. The answer carries an `ETag`: with it in `If-None-Match`, an unchanged list costs a 304.',
      querystring: ContainerListQuery,
      headers: IfNoneMatchHeader,
      response: {
        200: ListOf(ContainerSummarySchema, { title: 'ContainerList' }),
        304: { description: 'Nothing has changed.' },
      },
    },
    samples: [
      'curl -fsS -H "Authorization: Bearer $TOKEN" "$FAIRLEAD/api/v1/docker/containers?all=true"',
      'curl -fsS -H "Authorization: Bearer $TOKEN" "$FAIRLEAD/api/v1/docker/containers?status=running&label=team=shop&limit=10"',
    ],
    handle: async ({ actor, query, headers, reply }) => {
      const { host = 'local', all = false, limit, size = false, ...plain } = query;
      const filters = filtersOf(plain);
      // Without a signal: its listeners would cost more than the answer, which is mostly there already.
      const found = await containers.list(actor, {
        host,
        query: { all, size, filters, ...(limit === undefined ? {} : { limit }) },
      });
      const { body, etag } = renderContainers(found);
      reply.header('ETag', etag).header('Cache-Control', 'private, no-cache');
      if (isUnchanged(headers['if-none-match'], etag)) {
        reply.code(304);
        return undefined;
      }
      reply.type('application/json; charset=utf-8');
      return body;
    },
  });

const create = (containers: Containers) =>
  route({
    method: 'POST',
    path: '/containers',
    operation: 'containers.create',
    schema: {
      summary: 'Create a container, and start it',
      description:
        'In full or not at all: one that cannot be started is removed again. The image has to be on the host, and volumes that `mounts` names have to exist unless they say `create`. What goes beyond the role (privileged, namespaces of the host, folders of the host, devices, capabilities; `docs/policy.md` has all) is refused by name before anything is made. A token that is narrowed to stacks has to give the label `com.docker.compose.project`.',
      querystring: HostQuery({}),
      body: CreateBody,
      response: { 201: CreatedSchema },
    },
    bodyLimit: CREATE_BODY_LIMIT,
    errors: [
      'POLICY_VIOLATION',
      'IMAGE_NOT_FOUND',
      'NAME_IN_USE',
      'CONFLICT',
      'ENGINE_OBJECT_NOT_FOUND',
      'ENGINE_NOT_SUPPORTED',
    ],
    samples: [
      'curl -fsS -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" -d \'{"name":"demo","image":"busybox:latest","cmd":["sleep","600"]}\' "$FAIRLEAD/api/v1/docker/containers"',
    ],
    handle: async ({ actor, query, body, request, reply, signal }) => {
      const { start = true, ...spec } = body;
      const { host = 'local' } = query;
      const { id, warnings } = await containers.create(
        actor,
        { host, start, spec: spec as ContainerSpec },
        signal,
      );
      reply.header('Location', `${request.url.split('?')[0]}/${id}`);
      return { id, warnings };
    },
  });

const get = (containers: Containers) =>
  route({
    method: 'GET',
    path: '/containers/:id',
    operation: 'containers.get',
    schema: {
      summary: 'Show a container',
      params: ContainerParams,
      querystring: ContainerGetQuery,
      response: { 200: ContainerDetailsSchema },
    },
    samples: [
      'curl -fsS -H "Authorization: Bearer $TOKEN" "$FAIRLEAD/api/v1/docker/containers/demo"',
      'curl -fsS -H "Authorization: Bearer $TOKEN" "$FAIRLEAD/api/v1/docker/containers/demo?raw=true"',
    ],
    handle: async ({ actor, params, query, reply, signal }) => {
      const { host = 'local', raw = false, size = false } = query;
      const input = { host, ref: params.id, size };
      if (!raw) return await containers.get(actor, input, signal);
      const json = await containers.getRaw(actor, input, signal);
      // As bytes, past the serialiser: the schema of the answer is not that of the Engine.
      reply.type('application/json; charset=utf-8');
      return Buffer.from(JSON.stringify(json));
    },
  });

const remove = (containers: Containers) =>
  route({
    method: 'DELETE',
    path: '/containers/:id',
    operation: 'containers.remove',
    schema: {
      summary: 'Remove a container',
      params: ContainerParams,
      querystring: RemoveQuery,
      response: { 204: { description: 'It is gone.' } },
    },
    errors: ['CONFLICT'],
    samples: [
      'curl -fsS -X DELETE -H "Authorization: Bearer $TOKEN" "$FAIRLEAD/api/v1/docker/containers/demo?force=true&volumes=true"',
    ],
    handle: async ({ actor, params, query, note, signal }) => {
      const { host = 'local', force = false, volumes = false } = query;
      const action = { verb: 'remove', options: { force, volumes } } as const;
      const { id, name } = await containers.act(actor, { host, ref: params.id, action }, signal);
      note({ targetId: id, details: { name } });
    },
  });

const top = (containers: Containers) =>
  route({
    method: 'GET',
    path: '/containers/:id/top',
    operation: 'containers.top',
    schema: {
      summary: 'List the processes of a container',
      params: ContainerParams,
      querystring: TopQuery,
      response: { 200: ProcessesSchema },
    },
    errors: ['CONTAINER_NOT_RUNNING', 'CONFLICT'],
    samples: ['curl -fsS -H "Authorization: Bearer $TOKEN" "$FAIRLEAD/api/v1/docker/containers/demo/top"'],
    handle: async ({ actor, params, query, signal }) => {
      const { host = 'local', psArgs } = query;
      return await containers.listProcesses(actor, { host, ref: params.id, psArgs }, signal);
    },
  });

const changes = (containers: Containers) =>
  route({
    method: 'GET',
    path: '/containers/:id/changes',
    operation: 'containers.changes',
    schema: {
      summary: 'List what a container has changed in the files of its image',
      params: ContainerParams,
      querystring: HostQuery({}),
      response: { 200: ListOf(FileChangeSchema, { title: 'FileChangeList' }) },
    },
    samples: [
      'curl -fsS -H "Authorization: Bearer $TOKEN" "$FAIRLEAD/api/v1/docker/containers/demo/changes"',
    ],
    handle: async ({ actor, params, query, signal }) => {
      const { host = 'local' } = query;
      const items = await containers.listChanges(actor, { host, ref: params.id }, signal);
      return { items, nextCursor: null };
    },
  });
