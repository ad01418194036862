import { describe, expect, it } from 'vitest';
import { FairleadError } from '../../src/domain/errors.ts';
import { SYSTEM_CLOCK } from '../../src/use-cases/access/access.ts';
import { type AuditEntry, createAuditTrail } from '../../src/use-cases/access/audit-trail.ts';
import type { AuditEvent } from '../../src/use-cases/ports/audit-repository.ts';
import { gate } from '../support/gate.ts';
import { waitFor } from '../support/wait-for.ts';

const away = () => new FairleadError('DATABASE_UNAVAILABLE', 'away');

function entry(requestId: string): AuditEntry {
  return {
    ...{
      tokenId: null,
      actorName: 'bot',
      operation: 'containers.start',
      targetType: 'container',
      targetId: 'web',
    },
    ...{
      host: 'local',
      outcome: 'succeeded',
      errorCode: null,
      requestId,
      address: '127.0.0.1',
      details: null,
    },
  };
}

/** A trail over a table that a test may break, and what was logged. */
function trail(options: { readonly capacity?: number; readonly patienceMs?: number } = {}) {
  const written: AuditEvent[] = [];
  const errors: { readonly fields: { readonly audit?: AuditEvent }; readonly message: string }[] = [];
  const table: { fail: ((event: AuditEvent) => unknown) | null; hold: Promise<void> | null } = {
    fail: null,
    hold: null,
  };
  const made = createAuditTrail({
    audit: {
      append: async (event) => {
        await table.hold;
        const error = table.fail?.(event);
        if (error instanceof Error) throw error;
        written.push(event);
      },
    },
    clock: SYSTEM_CLOCK,
    log: {
      info: () => undefined,
      warn: () => undefined,
      error: (fields, message) => void errors.push({ fields, message }),
    },
    retryMs: 5,
    ...options,
  });
  const ids = () => written.map(({ requestId }) => requestId);
  return { made, table, written, errors, ids };
}

describe('The audit trail', () => {
  it('writes lines in the order they were recorded in, each with an id and a time', async () => {
    const { made, ids, written } = trail();
    const expected = Array.from({ length: 50 }, (_, n) => `r${n}`);
    for (const id of expected) void made.record(entry(id));
    await made.close(1_000);
    expect(ids()).toEqual(expected);
    expect(new Set(written.map(({ id }) => id)).size).toBe(50);
    expect(written[0]?.time).toBeInstanceOf(Date);
  });

  it('tells when a line is written', async () => {
    const { made, table, ids } = trail();
    const hold = gate();
    table.hold = hold.passed;
    let told = false;
    const recorded = made.record(entry('a')).then(() => {
      told = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(told).toBe(false);
    hold.open();
    await recorded;
    expect(ids()).toEqual(['a']);
  });

  it('lets nobody wait for a database that is away, or that does not answer', async () => {
    const absent = trail();
    absent.table.fail = away;
    await absent.made.record(entry('a'));
    await absent.made.record(entry('b'));
    expect(absent.ids()).toEqual([]);
    await absent.made.close(10);

    const silent = trail({ patienceMs: 10 });
    silent.table.hold = new Promise(() => undefined);
    await silent.made.record(entry('a'));
    expect(silent.ids()).toEqual([]);
    await silent.made.close(10);
  });

  it('keeps lines while the database is away, says so once, and goes on in order', async () => {
    const { made, table, ids, errors } = trail();
    table.fail = away;
    for (const id of ['a', 'b', 'c']) void made.record(entry(id));
    await waitFor(() => errors.length > 0, { what: 'the failure to be logged' });
    table.fail = null;
    void made.record(entry('d'));
    await made.close(1_000);
    expect(ids()).toEqual(['a', 'b', 'c', 'd']);
    expect(errors).toHaveLength(1);
  });

  it('does not try for ever what the database refuses, and logs it whole', async () => {
    const { made, table, ids, errors } = trail();
    table.fail = (event) => (event.requestId === 'bad' ? new Error('refused') : null);
    for (const id of ['a', 'bad', 'b']) void made.record(entry(id));
    await made.close(1_000);
    expect(ids()).toEqual(['a', 'b']);
    expect(errors.map(({ fields }) => fields.audit?.requestId)).toEqual(['bad']);
  });

  it('logs whole what finds no room', async () => {
    const { made, table, ids, errors } = trail({ capacity: 2 });
    const hold = gate();
    table.hold = hold.passed;
    for (const id of ['a', 'b', 'c']) void made.record(entry(id));
    expect(errors.map(({ fields }) => fields.audit?.requestId)).toEqual(['c']);
    hold.open();
    await made.close(1_000);
    expect(ids()).toEqual(['a', 'b']);
  });

  it('ends in time though the database is away, and logs whole what is left', async () => {
    const { made, table, errors } = trail();
    table.fail = away;
    for (const id of ['a', 'b']) void made.record(entry(id));
    const began = performance.now();
    await made.close(50);
    expect(performance.now() - began).toBeLessThan(1_000);
    expect(errors.flatMap(({ fields }) => fields.audit?.requestId ?? [])).toEqual(['a', 'b']);
    void made.record(entry('late'));
    expect(errors.at(-1)?.fields.audit?.requestId).toBe('late');
  });

  it('ends in time though the database does not answer at all', async () => {
    const { made, table } = trail();
    table.hold = new Promise(() => undefined);
    void made.record(entry('a'));
    const began = performance.now();
    await made.close(50);
    expect(performance.now() - began).toBeLessThan(1_000);
  });
});
