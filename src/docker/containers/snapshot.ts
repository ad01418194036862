import type { ContainerSummary } from '../../domain/container.ts';
import type { EngineEvent } from '../../domain/engine-event.ts';
import { abortable } from '../connection/abortable.ts';
import type { EngineMonitor } from '../connection/monitor.ts';
import { coalesced } from '../streams/coalesced.ts';
import { createListeners } from '../streams/listeners.ts';
import { mapBounded } from '../streams/map-bounded.ts';
import { type ContainerSource, type Inspection, inspection } from './container-source.ts';
import { compare, healthIn, inspectedFrom, timeKey, toSummary } from './container-summary.ts';
import type { RawInspected, RawListed } from './raw-container.ts';

/**
 * All containers of a host, kept up to date by the Engine's events, so that lists need no Engine. What is known to have changed
 * is read anew before anybody gets to see it, and nothing is shown while the Engine is lost.
 */
export interface ContainerSnapshot {
  /**
   * Newest first. The same array as long as nothing has changed, and the same object for a container that has not.
   *
   * @throws FairleadError ENGINE_UNREACHABLE
   */
  all(signal?: AbortSignal): Promise<readonly ContainerSummary[]>;
  /** Reads one container anew; resolves when `all` shows what it is now. */
  refresh(id: string): Promise<void>;
  /** Looks at all containers for changes; for those of which nobody can name the container. */
  refreshAll(): Promise<void>;
  /** Called when `all` would return something else than before. Returns what ends it. */
  onChange(listener: () => void): () => void;
  close(): void;
}

export interface SnapshotOptions {
  /** Milliseconds between two looks for changes that no event told of. Default 60 000. */
  readonly auditEveryMs?: number;
}

interface Entry {
  readonly summary: ContainerSummary;
  /** To sort by. */
  readonly created: string;
  /** Differs when the summary does. */
  readonly text: string;
  /** Differs when the Engine's list shows something else of it. */
  readonly listedText: string;
}

/** What a round is to read: these containers, and those of which the list shows something new, or simply all. */
interface Work {
  readonly ids: Set<string>;
  list: 'no' | 'changed' | 'all';
}

/** Inspections at a time: what an Engine answers without making others wait. */
const CONCURRENCY = 8;
/** More than so many are listed in one call with all others. */
const MAX_LISTED_BY_ID = 40;

/** Begins to read as soon as the monitor has reached the Engine. */
export function createSnapshot(
  source: ContainerSource,
  monitor: EngineMonitor,
  { auditEveryMs = 60_000 }: SnapshotOptions = {},
): ContainerSnapshot {
  const entries = new Map<string, Entry>();
  const changes = createListeners<void>();
  let sorted: readonly ContainerSummary[] = [];
  /** Whether `entries` is whole, as far as nothing is pending. */
  let synced = false;
  /** Counts connections to the Engine: what was read over an earlier one says nothing. */
  let connection = 0;

  const rounds = coalesced<Work>(() => ({ ids: new Set(), list: 'no' }), run);

  async function run({ ids, list }: Work): Promise<void> {
    const mine = connection;
    try {
      const whole = !synced || list === 'all';
      const found = whole || list === 'changed' ? await readListed(whole, ids) : await readNamed([...ids]);
      if (mine !== connection) return;
      apply(found.read, found.gone);
      if (whole) synced = true;
    } catch (error) {
      // What was to be read is still unknown: whoever asks next reads all.
      if (mine === connection) synced = false;
      throw error;
    }
  }

  const inspect = (id: string) => inspection(source.inspect(id, false));

  async function readListed(whole: boolean, ids: ReadonlySet<string>) {
    const listed = await source.list({ all: true });
    const unknown = listed.filter(
      (one) => whole || ids.has(one.Id) || entries.get(one.Id)?.listedText !== listedText(one),
    );
    const inspected = await mapBounded(unknown, CONCURRENCY, (one) => inspect(one.Id));
    const there = new Set(listed.map((one) => one.Id));
    const gone = [...entries.keys()].filter((id) => !there.has(id));
    return paired(unknown, inspected, gone);
  }

  async function readNamed(ids: readonly string[]) {
    const byId = ids.length > MAX_LISTED_BY_ID ? {} : { filters: { id: ids } };
    const [listed, inspected] = await Promise.all([
      source.list({ all: true, ...byId }),
      mapBounded(ids, CONCURRENCY, inspect),
    ]);
    const views = new Map(listed.map((one) => [one.Id, one]));
    const seen = ids.map((id) => views.get(id));
    const gone = ids.filter((id) => !views.has(id));
    return paired(seen, inspected, gone);
  }

  function apply(read: readonly Read[], gone: readonly string[]): void {
    let changed = false;
    for (const { listed, inspected, complete } of read) {
      const summary = toSummary(listed, inspected);
      const text = JSON.stringify(summary);
      const before = entries.get(listed.Id);
      const same = before?.text === text;
      changed ||= !same;
      entries.set(listed.Id, {
        summary: same ? before.summary : summary,
        created: timeKey(inspected.Created),
        text,
        // What could not be read is tried again at the next look.
        listedText: complete ? listedText(listed) : '',
      });
    }
    for (const id of gone) changed = entries.delete(id) || changed;
    if (!changed) return;
    sorted = [...entries.values()]
      .sort((a, b) => compare(b.created, a.created))
      .map((entry) => entry.summary);
    changes.tell();
  }

  function onEvent({ type, action, actor }: EngineEvent): void {
    if (type === 'container') void rounds.ask(({ ids }) => ids.add(actor.id));
    else if (type === 'network') {
      const id = actor.attributes['container'];
      if (id !== undefined) void rounds.ask(({ ids }) => ids.add(id));
    } else if (type === 'image' && action !== 'save') {
      // Lists show the image as the container's maker called it or, once that name has moved on, its id.
      void refreshAll();
    }
  }

  function refreshAll(): Promise<void> {
    return rounds.ask((work) => {
      if (work.list === 'no') work.list = 'changed';
    });
  }

  function readWhole(): Promise<void> {
    return rounds.ask((work) => {
      work.list = 'all';
    });
  }

  function newConnection(): void {
    connection += 1;
    synced = false;
  }

  const stop = [
    monitor.onEvent(onEvent),
    monitor.onLost(newConnection),
    monitor.onBack(() => {
      newConnection();
      void readWhole();
    }),
  ];
  if (monitor.state() === 'connected') void readWhole();
  const audit = setInterval(() => {
    if (synced) void refreshAll();
  }, auditEveryMs);
  audit.unref();

  return {
    async all(signal) {
      signal?.throwIfAborted();
      for (;;) {
        if (monitor.state() !== 'connected') await monitor.reachable(signal);
        const pending = synced ? rounds.pending() : readWhole();
        if (pending === undefined) return sorted;
        await abortable(pending, signal);
        if (synced && monitor.state() === 'connected') return sorted;
      }
    },
    refresh: (id) => rounds.ask(({ ids }) => ids.add(id)),
    refreshAll,
    onChange: changes.add,
    close() {
      clearInterval(audit);
      for (const end of stop) end();
    },
  };
}

interface Read {
  readonly listed: RawListed;
  readonly inspected: RawInspected;
  /** Whether the inspection is the Engine's own. */
  readonly complete: boolean;
}

/** Both views of the containers that have both; one that was removed between the two calls is gone. */
function paired(
  listed: readonly (RawListed | undefined)[],
  inspections: readonly Inspection[],
  gone: readonly string[],
): { readonly read: readonly Read[]; readonly gone: readonly string[] } {
  const read: Read[] = [];
  const removed: string[] = [];
  for (const [index, one] of listed.entries()) {
    const found = inspections[index] ?? 'gone';
    if (one === undefined) continue;
    if (found === 'gone') removed.push(one.Id);
    else if (found === 'unreadable')
      read.push({ listed: one, inspected: inspectedFrom(one), complete: false });
    else read.push({ listed: one, inspected: found, complete: true });
  }
  return { read, gone: [...gone, ...removed] };
}

/** Of what the list shows, what can change while the container exists, without what only says how long ago something was. */
function listedText(one: RawListed): string {
  const ports = (one.Ports ?? []).map(
    (port) => `${port.IP}:${port.PublicPort}:${port.PrivatePort}/${port.Type}`,
  );
  return JSON.stringify([
    one.State,
    healthIn(one.Status),
    one.Image,
    [...(one.Names ?? [])].sort(),
    ports.sort(),
  ]);
}
