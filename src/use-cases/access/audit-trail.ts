import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { isFairleadError } from '../../domain/errors.ts';
import type { AuditEvent, AuditRepository } from '../ports/audit-repository.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';

export interface AuditTrailDeps {
  readonly audit: Pick<AuditRepository, 'append'>;
  readonly clock: Clock;
  readonly log: Log;
  /** How many lines may wait for the database. */
  readonly capacity?: number;
  readonly retryMs?: number;
  /** How long one who has recorded a line waits for it at most. */
  readonly patienceMs?: number;
}

/** What is said of an operation; id and time are added. */
export type AuditEntry = Omit<AuditEvent, 'id' | 'time'>;

/** Writes the audit trail, in order. */
export interface AuditTrail {
  /**
   * Takes the line at once. Resolves when it is written: an answer that waits for that tells of nothing that a crash could take
   * out of the trail. While the database is away it resolves all the same; answers are not held up by that.
   */
  record(entry: AuditEntry): Promise<void>;
  /** Waits until all lines that were recorded are written, or logs those that are not after `limitMs`. */
  close(limitMs: number): Promise<void>;
}

const CAPACITY = 10_000;
const RETRY_MS = 1_000;
const PATIENCE_MS = 1_000;

/** A line that waits for the database, and who waits for it. */
interface Line {
  readonly event: AuditEvent;
  release(): void;
}

/**
 * While the database is away lines wait, and go on in their order when it is back. A line that finds no room any more, or is
 * still waiting when the process ends, is written whole into the log, as an error.
 */
export function createAuditTrail(deps: AuditTrailDeps): AuditTrail {
  const { audit, clock, log, capacity = CAPACITY, retryMs = RETRY_MS, patienceMs = PATIENCE_MS } = deps;
  const waiting: Line[] = [];
  let failures = 0;
  const stop = new AbortController();
  let writing: Promise<void> | null = null;

  async function write(): Promise<void> {
    for (let line = waiting[0]; line !== undefined && !stop.signal.aborted; line = waiting[0]) {
      try {
        await audit.append(line.event);
        waiting.shift();
        line.release();
        if (failures > 0) log.info({ failures }, 'the audit trail is written again');
        failures = 0;
      } catch (error) {
        if (!isFairleadError(error, 'DATABASE_UNAVAILABLE')) {
          // It would fail for ever: a line that was written though its answer got lost comes here too.
          waiting.shift();
          line.release();
          log.error({ err: error, audit: line.event }, 'the database refused an audit line');
          continue;
        }
        failures += 1;
        for (const one of waiting) one.release();
        if (failures === 1) {
          log.error({ err: error, waiting: waiting.length }, 'the audit trail cannot be written just now');
        }
        await pause();
      }
    }
  }

  async function pause(): Promise<void> {
    try {
      await delay(retryMs, undefined, { signal: stop.signal, ref: false });
    } catch (error) {
      if (!stop.signal.aborted) throw error;
    }
  }

  function start(): void {
    writing ??= write().finally(() => {
      writing = null;
      // One that came between the last look and now.
      if (waiting.length > 0 && !stop.signal.aborted) start();
    });
  }

  return {
    record(entry) {
      const event = { id: randomUUID(), time: clock.now(), ...entry };
      if (waiting.length >= capacity || stop.signal.aborted) {
        log.error({ audit: event }, 'an audit line found no room; this is all that is left of it');
        return Promise.resolve();
      }
      return new Promise((resolve) => {
        const patience = setTimeout(resolve, patienceMs);
        const release = () => {
          clearTimeout(patience);
          resolve();
        };
        waiting.push({ event, release });
        if (failures > 0) release();
        start();
      });
    },
    async close(limitMs) {
      const late = delay(limitMs, true, { signal: stop.signal });
      while (writing !== null && (await Promise.race([writing, late])) !== true);
      late.catch(() => undefined);
      stop.abort();
      for (const { event, release } of waiting.splice(0)) {
        release();
        log.error({ audit: event }, 'an audit line was not written; this is all that is left of it');
      }
    },
  };
}
