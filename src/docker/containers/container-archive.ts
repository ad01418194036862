import type { PathStat } from '../../domain/container.ts';
import { FairleadError } from '../../domain/errors.ts';
import type { ContainerArchive } from '../../use-cases/ports/containers.ts';
import { bodyBytes } from '../connection/body.ts';
import type { EngineLink } from '../connection/link.ts';
import { readableFrom } from '../connection/readable-from.ts';
import type { EngineRequest } from '../connection/transport.ts';
import type { FindContainer } from './container-find.ts';
import { fileType, permissionBits } from './file-mode.ts';

/** Files of containers as tar streams, never held in memory. */
export function createArchive(link: EngineLink, find: FindContainer): ContainerArchive {
  async function request(
    method: 'GET' | 'HEAD' | 'PUT',
    ref: string,
    query: NonNullable<EngineRequest['query']>,
    signal: AbortSignal | undefined,
    more: Pick<EngineRequest, 'body' | 'headers' | 'deadlineMs'> = {},
  ) {
    const { id } = await find(ref, signal);
    return await link.transport.open({
      method,
      path: `/containers/${id}/archive`,
      query,
      // An answer to HEAD has no words; that the container is there was seen a moment ago.
      subject: method === 'HEAD' ? { type: 'path', ref: String(query['path']) } : { type: 'container', ref },
      signal,
      ...more,
    });
  }

  return {
    async readArchive(ref, path, signal) {
      const response = await request('GET', ref, { path }, signal);
      const stat = pathStat(response.headers['x-docker-container-path-stat']);
      return { stat, body: bodyBytes(response, { where: link.where, signal }) };
    },

    async writeArchive(ref, path, tar, options = {}, signal) {
      const { noOverwriteDirNonDir = false, copyUidGid = false } = options;
      const body = readableFrom(tar);
      try {
        const query = {
          path,
          noOverwriteDirNonDir: noOverwriteDirNonDir ? 'true' : undefined,
          copyUIDGID: copyUidGid ? 'true' : undefined,
        };
        const headers = { 'Content-Type': 'application/x-tar' };
        // The Engine answers when it has unpacked what was sent, which takes as long as the disk does.
        const response = await request('PUT', ref, query, signal, { body, headers, deadlineMs: null });
        response.body.resume();
      } finally {
        body.destroy();
      }
    },

    async statPath(ref, path, signal) {
      const response = await request('HEAD', ref, { path }, signal);
      response.body.resume();
      return pathStat(response.headers['x-docker-container-path-stat']);
    },
  };
}

interface RawStat {
  readonly name: string;
  readonly size: number;
  /** As Go's `os.FileMode`. */
  readonly mode: number;
  readonly mtime: string;
  readonly linkTarget?: string;
}

function pathStat(header: string | string[] | undefined): PathStat {
  try {
    const raw = JSON.parse(Buffer.from(String(header), 'base64').toString()) as RawStat;
    return {
      name: raw.name,
      size: raw.size,
      type: fileType(raw.mode),
      mode: permissionBits(raw.mode),
      modifiedAt: new Date(raw.mtime).toISOString(),
      linkTarget: raw.linkTarget === undefined || raw.linkTarget === '' ? null : raw.linkTarget,
    };
  } catch (cause) {
    throw new FairleadError('ENGINE_ERROR', 'The Engine did not say what is at the path.', { cause });
  }
}
