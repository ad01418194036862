import { Readable } from 'node:stream';
import { Type } from 'typebox';
import type { Containers } from '../../use-cases/containers/containers.ts';
import { pathStatHeader, tarDisposition } from '../presenters/containers.ts';
import { type Route, route } from '../route.ts';
import { ReadArchiveQuery, WriteArchiveQuery } from '../schemas/container-requests.ts';
import { ContainerParams, PathStatSchema } from '../schemas/containers.ts';

const TAR = 'application/x-tar';
const Tar = Type.Unsafe<AsyncIterable<Uint8Array>>({ type: 'string', contentMediaType: TAR });

/** Files of containers, as tars that stream in and out. */
export function containerArchiveRoutes(containers: Containers): readonly Route[] {
  return [read(containers), write(containers)];
}

const read = (containers: Containers) =>
  route({
    method: 'GET',
    path: '/containers/:id/archive',
    operation: 'containers.archive.read',
    schema: {
      summary: 'Get a file or folder of a container as a tar',
      description:
        'The container need not run. A symbolic link is packed as itself. The header `X-Path-Stat` tells as JSON what the path is; with `stat=true` that is all of the answer.',
      params: ContainerParams,
      querystring: ReadArchiveQuery,
      response: {
        200: {
          description: 'An uncompressed tar; or what the path is, with `stat=true`.',
          content: { [TAR]: { schema: Tar }, 'application/json': { schema: PathStatSchema } },
        },
      },
    },
    errors: ['PATH_NOT_FOUND'],
    samples: [
      'curl -fsS -H "Authorization: Bearer $TOKEN" "$FAIRLEAD/api/v1/docker/containers/demo/archive?path=/etc/hosts" | tar -xO',
    ],
    handle: async ({ actor, params, query, reply, signal }) => {
      const { host = 'local', path, stat: statOnly = false } = query;
      const input = { host, ref: params.id, path };
      if (statOnly) return await containers.statPath(actor, input, signal);
      const { stat, body } = await containers.readArchive(actor, input, signal);
      reply
        .type(TAR)
        .header('Content-Disposition', tarDisposition(stat))
        .header('X-Path-Stat', pathStatHeader(stat));
      return Readable.from(body, { objectMode: false });
    },
  });

const write = (containers: Containers) =>
  route({
    method: 'PUT',
    path: '/containers/:id/archive',
    operation: 'containers.archive.write',
    schema: {
      summary: 'Unpack a tar into a folder of a container',
      description:
        'The folder has to exist; the container need not run. The tar streams through, whatever its size. When it breaks off, what was unpacked by then stays.',
      params: ContainerParams,
      querystring: WriteArchiveQuery,
      consumes: [TAR],
      body: Tar,
      response: { 204: { description: 'It is unpacked.' } },
    },
    errors: ['PATH_NOT_FOUND', 'CONFLICT'],
    samples: [
      'tar -C / -c etc/hostname | curl -fsS -X PUT -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/x-tar" -T - "$FAIRLEAD/api/v1/docker/containers/demo/archive?path=/tmp"',
    ],
    handle: async ({ actor, params, query, body, note, signal }) => {
      const { host = 'local', path, noOverwriteDirNonDir = false, copyUIDGID = false } = query;
      const options = { noOverwriteDirNonDir, copyUidGid: copyUIDGID };
      const input = { host, ref: params.id, path, tar: body, options };
      const { id } = await containers.writeArchive(actor, input, signal);
      note({ targetId: id, details: { path } });
    },
  });
