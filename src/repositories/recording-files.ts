import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { RecordingStore } from '../use-cases/ports/terminal-recordings.ts';

const OWNER_ONLY_FOLDER = 0o700;
const OWNER_ONLY_FILE = 0o600;
/** Names that cannot lead anywhere else. */
const ID = /^[0-9a-f-]{36}$/i;

/**
 * Recordings as files of one folder, which nobody but this server's user can read: what somebody saw in a terminal may be
 * secret.
 *
 * @param folder is made when it is needed, and belongs to this store alone
 */
export function createRecordingFiles(folder: string): RecordingStore {
  function pathOf(id: string): string {
    if (!ID.test(id)) throw new TypeError('the id of a recording is a UUID');
    return join(folder, `${id}.cast`);
  }

  return {
    async create(id) {
      await mkdir(folder, { recursive: true, mode: OWNER_ONLY_FOLDER });
      const file = createWriteStream(pathOf(id), { flags: 'wx', mode: OWNER_ONLY_FILE });
      let failure: Error | null = null;
      const closed = new Promise<void>((resolve) => file.once('close', resolve));
      file.on('error', (error) => {
        failure = error;
      });
      return {
        write(text, taken) {
          if (file.writable) file.write(text, (error) => taken(error ?? null));
          else taken(failure ?? new Error('The recording was closed.'));
        },
        close() {
          file.end();
          return closed;
        },
      };
    },

    read: (id) => createReadStream(pathOf(id)),

    async remove(id) {
      await rm(pathOf(id), { force: true });
    },

    async removeBefore(time) {
      for (const name of await list(folder)) {
        const path = join(folder, name);
        if ((await stat(path)).mtime < time) await rm(path, { force: true });
      }
    },
  };
}

/** The recordings in a folder, which is made with the first of them. */
async function list(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => name.endsWith('.cast'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}
