import { PGlite } from '@electric-sql/pglite';

/** The PostgreSQL inside the pinned PGlite, as its folders name it in PG_VERSION. */
export const EMBEDDED_POSTGRESQL = '18';

/**
 * One user and little data: 8 MB of buffers instead of 128 save 130 MB of memory. Without a checkpointer of its own it
 * checkpoints when the log is full: 32 MB bound what a start after a crash replays.
 */
const SETTINGS = ['shared_buffers=8MB', 'max_connections=5', 'min_wal_size=4MB', 'max_wal_size=32MB'];

/**
 * Opens the cluster in `folder`, or makes one there when the folder is missing or empty.
 *
 * @throws Error with PostgreSQL's own words
 */
export async function openCluster(folder: string): Promise<PGlite> {
  let reason: string | null = null;
  try {
    return await PGlite.create({
      dataDir: folder,
      startParams: [...PGlite.defaultStartParams, ...SETTINGS.flatMap((setting) => ['-c', setting])],
      // Small segments: the log of a small database takes 4 MB instead of 80.
      initDbStartParams: ['--wal-segsize=1'],
      // What is thrown when it does not start says only "Aborted".
      onStderr: (line) => {
        if (/\b(FATAL|PANIC):/.test(line)) reason = line.replace(/^.*\b(FATAL|PANIC):\s*/, '');
        return false;
      },
    });
  } catch (error) {
    throw new Error(reason ?? (error instanceof Error ? error.message : 'it did not start'), {
      cause: error,
    });
  }
}
