import type { PGlite } from '@electric-sql/pglite';
import { openCluster } from './cluster.ts';

/** What Drizzle uses of a PGlite. */
type Client = Pick<PGlite, 'query' | 'transaction'>;

/** A cluster that is opened again after it gave up, as a server of its own would be restarted. */
export interface LastingCluster {
  readonly client: Client;
  close(): Promise<void>;
}

interface Running {
  readonly cluster: PGlite;
  /** Why it has given up; `null` while it works. */
  crash(): Error | null;
}

/** Reading the log and the files again takes a moment in which nothing else runs. */
const RETRY_MS = 5_000;
/** SQLSTATE crash_shutdown. */
const CRASHED = '57P02';

/** Opens the cluster in `folder`. */
export async function openLasting(folder: string): Promise<LastingCluster> {
  let running = stopAtPanic(await openCluster(folder));
  let lastAttempt = Number.NEGATIVE_INFINITY;
  let reopening: Promise<void> | null = null;
  let closing = false;

  async function reopen(crash: Error): Promise<void> {
    if (closing || performance.now() - lastAttempt < RETRY_MS) throw crash;
    lastAttempt = performance.now();
    if (!running.cluster.closed) await running.cluster.close();
    try {
      running = stopAtPanic(await openCluster(folder));
    } catch (error) {
      throw crashed(error);
    }
  }

  async function usable(): Promise<PGlite> {
    const crash = running.crash();
    if (crash !== null) {
      reopening ??= reopen(crash).finally(() => {
        reopening = null;
      });
      await reopening;
    }
    return running.cluster;
  }

  return {
    client: {
      query: async (...query) => (await usable()).query(...query),
      transaction: async (work) => (await usable()).transaction(work),
    },
    close: async () => {
      closing = true;
      await reopening?.catch(() => undefined);
      if (!running.cluster.closed) await running.cluster.close();
    },
  };
}

/**
 * Lets nothing reach a cluster that has given up, for want of disk space say: the next message, a mere ROLLBACK, would
 * keep PGlite in an endless loop, and with it the process.
 */
function stopAtPanic(cluster: PGlite): Running {
  let crash: Error | null = null;
  const exchange = cluster.execProtocolStream.bind(cluster);
  cluster.execProtocolStream = async (...message) => {
    if (crash !== null) throw crash;
    try {
      return await exchange(...message);
    } catch (error) {
      if (!isPanic(error)) throw error;
      crash = crashed(error);
      throw crash;
    }
  };
  return { cluster, crash: () => crash };
}

function isPanic(error: unknown): boolean {
  const { severity } = error as { severity?: unknown };
  return severity === 'PANIC' || severity === 'FATAL';
}

function crashed(reason: unknown): Error {
  const message = reason instanceof Error ? reason.message : 'it failed';
  return Object.assign(new Error(`The embedded database has stopped: ${message}`), { code: CRASHED });
}
