import type { EngineEvent } from '../../domain/engine-event.ts';
import type { EngineState } from '../../domain/engine-state.ts';
import { FairleadError } from '../../domain/errors.ts';
import type { EngineHealth } from '../../use-cases/ports/engine-health.ts';
import { openEvents } from '../containers/events.ts';
import { createListeners } from '../streams/listeners.ts';
import { latest } from '../streams/mailbox.ts';
import { type Subscription, subscription } from '../streams/subscription.ts';
import { abortable } from './abortable.ts';
import { type Backoff, createBackoff } from './backoff.ts';
import { fromTransport } from './errors.ts';
import type { EngineLink } from './link.ts';

/**
 * Keeps one events stream open to an Engine, finds out when the Engine is lost and when it is back, and tells whoever asked.
 * It begins at once and tries until it is closed.
 */
export interface EngineMonitor extends EngineHealth {
  /**
   * Resolves while the Engine is there. While it is lost, tries once more, unless it was slow to fail the last time: one that
   * hangs is told at once. Throws ENGINE_UNREACHABLE, or ENGINE_NOT_SUPPORTED for an Engine too old.
   */
  reachable(signal?: AbortSignal): Promise<void>;
  /** Something went wrong that may mean that the Engine is lost: looks now instead of at the next ping. */
  suspect(): void;
  watch(signal?: AbortSignal): Subscription<EngineState>;
  /** Called with each event that changes what lists show. Returns what ends it. */
  onEvent(listener: (event: EngineEvent) => void): () => void;
  /** Called with ENGINE_UNREACHABLE or ENGINE_NOT_SUPPORTED when the Engine is found lost. */
  onLost(listener: (error: FairleadError) => void): () => void;
  /** Called each time a stream of events has been opened, the first time too: what came before has to be read anew. */
  onBack(listener: () => void): () => void;
  close(): Promise<void>;
}

export interface MonitorOptions {
  /** Milliseconds between two looks at the Engine. Default 1 000. */
  readonly pingEveryMs?: number;
  /** Default: from 100 ms to 5 s. */
  readonly backoff?: Backoff;
  /** Tells of signs that the Engine may have gone, from the moment it was reached; returns what ends it. Default: none. */
  readonly watchSigns?: (onSign: () => void) => () => void;
}

/**
 * Events that change what lists show. Those of execs are left out on purpose: three for each exec push all others out of the
 * Engine's memory of 256 events.
 */
const WATCHED = {
  type: ['container', 'network', 'image'],
  event: [
    ...['create', 'start', 'restart', 'stop', 'die', 'kill', 'oom', 'destroy', 'pause', 'unpause', 'rename'],
    ...['update', 'health_status', 'connect', 'disconnect'],
    ...['tag', 'untag', 'delete', 'pull', 'import', 'load'],
  ],
};

/** An attempt that took longer is not made again for the sake of one call. */
const SLOW_ATTEMPT_MS = 500;

/** Starts to watch an Engine. */
export function createMonitor(link: EngineLink, options: MonitorOptions = {}): EngineMonitor {
  const {
    pingEveryMs = 1_000,
    backoff = createBackoff({ initialMs: 100, maxMs: 5_000 }),
    watchSigns,
  } = options;
  const events = createListeners<EngineEvent>();
  const lost = createListeners<FairleadError>();
  const back = createListeners<void>();
  const changed = createListeners<EngineState>();
  const ended = createListeners<void>();
  let state: EngineState = 'connecting';
  let failure: FairleadError | null = null;
  let failures = 0;
  let slowToFail = false;
  let closed = false;
  /** Of the connection that is there, or being made. */
  let session = new AbortController();
  let attempt: Promise<void> | undefined;
  let reading: Promise<void> = Promise.resolve();
  /** Until the next look at an Engine that is there, or the next attempt to reach one that is lost. */
  let timer: NodeJS.Timeout | undefined;

  function connect(): Promise<void> {
    attempt ??= open().finally(() => {
      attempt = undefined;
    });
    return attempt;
  }

  /** Whether that works, the state tells. */
  function connectAgain(): void {
    connect().catch(() => undefined);
  }

  async function open(): Promise<void> {
    clearTimeout(timer);
    const mine = new AbortController();
    session = mine;
    const start = performance.now();
    try {
      link.forget();
      await link.greeting(mine.signal);
      const stream = await openEvents(link, { filters: WATCHED }, mine.signal);
      mine.signal.throwIfAborted();
      failures = 0;
      slowToFail = false;
      // Told before the first event is read: a list that is read now holds all that came before.
      become('connected', null);
      const stopWatching = watchSigns?.(suspect) ?? (() => undefined);
      mine.signal.addEventListener('abort', stopWatching, { once: true });
      reading = read(stream, mine);
      timer = setTimeout(suspect, pingEveryMs);
    } catch (error) {
      slowToFail = performance.now() - start > SLOW_ATTEMPT_MS;
      lose(mine, error);
      throw unreachable();
    }
  }

  async function read(stream: AsyncIterable<EngineEvent>, mine: AbortController): Promise<void> {
    try {
      for await (const event of stream) events.tell(event);
      throw new FairleadError('ENGINE_UNREACHABLE', `The Engine at ${link.where} has shut down.`);
    } catch (error) {
      lose(mine, error);
    }
  }

  /** An Engine that hangs, or that takes its socket away long before it ends, leaves the events silent. */
  async function look(): Promise<void> {
    clearTimeout(timer);
    const mine = session;
    try {
      await link.ping(mine.signal);
      if (mine === session && !mine.signal.aborted) timer = setTimeout(suspect, pingEveryMs);
    } catch (error) {
      lose(mine, error);
    }
  }

  /** Looks now, and from then on every so often. */
  function suspect(): void {
    if (state === 'connected' && !closed) void look();
  }

  function lose(mine: AbortController, error: unknown): void {
    // What ends late tells nothing of the connection that has taken its place.
    if (mine !== session || mine.signal.aborted) return;
    mine.abort();
    link.forget();
    clearTimeout(timer);
    failures += 1;
    timer = setTimeout(connectAgain, backoff(failures));
    const reason = fromTransport(error, link.where);
    if (reason.code === 'ENGINE_TIMEOUT') slowToFail = true;
    become('lost', reason);
  }

  function become(next: EngineState, error: FairleadError | null): void {
    failure = error;
    if (state === next) return;
    state = next;
    if (error !== null) lost.tell(unreachable());
    else back.tell();
    changed.tell(next);
  }

  function unreachable(): FairleadError {
    if (failure?.code === 'ENGINE_UNREACHABLE' || failure?.code === 'ENGINE_NOT_SUPPORTED') return failure;
    const detail = failure?.message ?? `The Engine at ${link.where} is no longer watched.`;
    return new FairleadError('ENGINE_UNREACHABLE', detail, { cause: failure });
  }

  connectAgain();

  return {
    state: () => state,
    failure: () => failure,
    async ping(signal) {
      const start = performance.now();
      await link.ping(signal);
      return { latencyMs: performance.now() - start };
    },
    watch(signal) {
      const stop: (() => void)[] = [];
      const leave = () => {
        for (const end of stop) end();
      };
      const { reader, feed } = subscription(latest<EngineState>()(), leave, signal);
      feed.push(state);
      if (closed) feed.end();
      else if (!signal?.aborted) stop.push(changed.add(feed.push), ended.add(feed.end));
      return reader;
    },
    async reachable(signal) {
      if (state === 'connected') return;
      if (closed || (state === 'lost' && slowToFail)) throw unreachable();
      await abortable(connect(), signal);
    },
    suspect,
    onEvent: events.add,
    onLost: lost.add,
    onBack: back.add,
    async close() {
      closed = true;
      session.abort();
      clearTimeout(timer);
      ended.tell();
      await Promise.allSettled([attempt, reading]);
    },
  };
}
