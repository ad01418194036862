import { FairleadError } from '../../domain/errors.ts';
import type { TerminalInfo } from '../../domain/terminal.ts';
import type { Seat, Session, SessionEnd, Viewer } from '../exec/session.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { RecordingStore } from '../ports/terminal-recordings.ts';

/** What a terminal is, apart from what changes while it lives. */
export type TerminalIdentity = Omit<
  TerminalInfo,
  'status' | 'exitCode' | 'endedAt' | 'viewers' | 'rows' | 'cols'
> & {
  /** Of its container: they decide whose tokens reach it. */
  readonly labels: Readonly<Record<string, string>>;
};

/** A running terminal, as whoever opened it hands it over. */
export interface OpenTerminal {
  readonly identity: TerminalIdentity;
  readonly session: Session;
  /** Ends the process. Resolves when the session has ended. */
  readonly end: () => Promise<void>;
  /** Called when the session has ended. */
  readonly settle: () => Promise<void>;
}

/** A terminal that is listed. */
export interface Terminal {
  readonly identity: TerminalIdentity;
  info(): TerminalInfo;
  join(viewer: Viewer): Seat;
}

/** A place that is held for a terminal while it is being opened. */
export interface Reservation {
  /** Fills the place. */
  fill(open: OpenTerminal): Terminal;
  /** Gives the place back; those who wait for the terminal get the error. */
  fail(error: unknown): void;
}

export interface TerminalsOptions {
  /** Open at a time. */
  readonly maxOpen?: number;
  /** How long one waits for a viewer to come back before its process is ended. */
  readonly graceSeconds: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly recordings: Pick<RecordingStore, 'remove'>;
  /** How long one that has ended can still be read. */
  readonly keepEndedMs?: number;
}

/** The terminals of this server. */
export interface Terminals {
  /**
   * Holds a place for a terminal with this id, before anything of it exists.
   *
   * @throws FairleadError CONFLICT when there is one with this id, TERMINAL_LIMIT_REACHED, SHUTTING_DOWN
   */
  reserve(id: string): Reservation;
  /** One that is just being opened is waited for. @throws FairleadError TERMINAL_NOT_FOUND */
  get(id: string): Promise<Terminal>;
  /** Newest first; those that are just being opened are not among them. */
  list(): Terminal[];
  /** To be called when the last viewer of one has left. */
  abandoned(id: string): void;
  /** Ends one, and forgets it and its recording. */
  remove(id: string): Promise<void>;
  /** Ends all. */
  close(): Promise<void>;
}

interface Place {
  readonly terminal: Promise<Terminal>;
  state: State | null;
}

interface State {
  readonly open: OpenTerminal;
  readonly terminal: Terminal;
  end: { readonly how: SessionEnd; readonly at: Date } | null;
  grace: NodeJS.Timeout | undefined;
  forget: NodeJS.Timeout | undefined;
}

const MAX_OPEN = 100;
/** Each holds up to 1 MiB of its last output. */
const MAX_ENDED = 32;
const KEEP_ENDED_MS = 15 * 60_000;

export function createTerminals(options: TerminalsOptions): Terminals {
  const { maxOpen = MAX_OPEN, keepEndedMs = KEEP_ENDED_MS, graceSeconds, clock, log, recordings } = options;
  const places = new Map<string, Place>();
  let closed = false;

  const states = () => [...places.values()].flatMap(({ state }) => (state === null ? [] : [state]));

  function isOpen({ state }: Place): boolean {
    return state === null || state.end === null;
  }

  function forget(id: string): void {
    const state = places.get(id)?.state;
    if (!state || !places.delete(id)) return;
    clearTimeout(state.grace);
    clearTimeout(state.forget);
    if (!state.open.identity.recording) return;
    recordings.remove(id).catch((error: unknown) => {
      log.warn({ err: error, terminal: id }, 'the recording of a terminal was not removed');
    });
  }

  async function watch(state: State): Promise<void> {
    const { open } = state;
    const how = await open.session.ended;
    clearTimeout(state.grace);
    const at = clock.now();
    // Before anybody sees that it has ended: its recording is whole then.
    await open.settle();
    state.end = { how, at };
    if (places.get(open.identity.id)?.state !== state) return;
    state.forget = setTimeout(() => forget(open.identity.id), keepEndedMs).unref();
    const ended = states().filter(({ end }) => end !== null);
    for (const { open: oldest } of ended.slice(0, Math.max(0, ended.length - MAX_ENDED))) {
      forget(oldest.identity.id);
    }
  }

  function fill(place: Place, open: OpenTerminal): Terminal {
    const terminal: Terminal = {
      identity: open.identity,
      info: () => describe(state),
      join(viewer) {
        clearTimeout(state.grace);
        return open.session.join(viewer);
      },
    };
    const state: State = { open, terminal, end: null, grace: undefined, forget: undefined };
    place.state = state;
    void watch(state);
    return terminal;
  }

  return {
    reserve(id) {
      if (closed) throw new FairleadError('SHUTTING_DOWN', 'The server is shutting down.');
      if (places.has(id)) {
        throw new FairleadError(
          'CONFLICT',
          `There is a terminal ${id} already; attach to it, or choose another id.`,
        );
      }
      if ([...places.values()].filter(isOpen).length >= maxOpen) {
        throw new FairleadError('TERMINAL_LIMIT_REACHED', `${maxOpen} terminals are open.`);
      }
      let resolve: (terminal: Terminal) => void = () => undefined;
      let reject: (error: unknown) => void = () => undefined;
      const terminal = new Promise<Terminal>((yes, no) => {
        resolve = yes;
        reject = no;
      });
      // Mostly nobody waits for it.
      terminal.catch(() => undefined);
      const place: Place = { terminal, state: null };
      places.set(id, place);
      return {
        fill(open) {
          const filled = fill(place, open);
          resolve(filled);
          return filled;
        },
        fail(error) {
          places.delete(id);
          reject(error);
        },
      };
    },

    async get(id) {
      const terminal = await places.get(id)?.terminal.catch(() => undefined);
      if (terminal === undefined)
        throw new FairleadError('TERMINAL_NOT_FOUND', `There is no terminal ${id}.`);
      return terminal;
    },

    list: () =>
      states()
        .map(({ terminal }) => terminal)
        .reverse(),

    abandoned(id) {
      const state = places.get(id)?.state;
      if (!state || state.end !== null) return;
      const { open } = state;
      const waitMs = open.identity.resumable && !closed ? graceSeconds * 1000 : 0;
      clearTimeout(state.grace);
      if (waitMs === 0) void open.end();
      else state.grace = setTimeout(() => void open.end(), waitMs).unref();
    },

    async remove(id) {
      const state = places.get(id)?.state;
      if (!state) return;
      if (state.end === null) await state.open.end();
      forget(id);
    },

    async close() {
      closed = true;
      await Promise.all(
        states().map(async (state) => {
          if (state.end === null) await state.open.end();
          clearTimeout(state.forget);
        }),
      );
    },
  };
}

function describe({ open, end }: State): TerminalInfo {
  const { labels: _, ...identity } = open.identity;
  const { size, viewers } = open.session;
  return {
    ...identity,
    status: end === null ? 'running' : end.how.kind === 'exited' ? 'exited' : 'lost',
    exitCode: end?.how.kind === 'exited' ? end.how.exitCode : null,
    endedAt: end?.at.toISOString() ?? null,
    viewers,
    rows: size?.rows ?? null,
    cols: size?.cols ?? null,
  };
}
