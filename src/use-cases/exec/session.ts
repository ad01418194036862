import { FairleadError } from '../../domain/errors.ts';
import type { OutputChannel, TerminalSize } from '../../domain/exec.ts';
import type { ProcessStream } from '../ports/exec.ts';
import { createDetachWatch } from './detach-watch.ts';
import { createResizer } from './resizer.ts';

/** How a session ended. */
export type SessionEnd =
  | { readonly kind: 'exited'; readonly exitCode: number }
  /** The process runs on without anybody attached: somebody typed the detach keys. */
  | { readonly kind: 'detached' }
  | { readonly kind: 'failed'; readonly error: FairleadError };

/** One who watches a session. Its methods must not throw. */
export interface Viewer {
  output(channel: OutputChannel, bytes: Uint8Array): void;
  /** Bytes of output handed to it that its peer has not taken yet. */
  readonly waiting: number;
  /** Called once, after the last output; not when the viewer has left by itself. */
  ended(end: SessionEnd): void;
}

/** A viewer's place in a session. */
export interface Seat {
  /** Whether input goes anywhere. */
  readonly takesInput: boolean;
  /** `taken` is called when the process's side has taken the bytes, or never will. */
  input(bytes: Uint8Array, taken: () => void): void;
  endInput(): void;
  /** Of no effect without a terminal. With several viewers the newest size counts. */
  resize(size: TerminalSize): void;
  /** To be called when less than `RESUME_BYTES` wait. */
  drained(): void;
  leave(): void;
}

/** A viewer for whom this much waits is behind; when all are, the process is held back. */
const PAUSE_BYTES = 1024 * 1024;
/** Below this a viewer has caught up. */
export const RESUME_BYTES = 256 * 1024;
/** One so far behind the others is let go. */
const DROP_BYTES = 4 * 1024 * 1024;

/** Something that takes all output beside the viewers, and is waited for. */
export interface Tap {
  output(channel: OutputChannel, bytes: Uint8Array): void;
  readonly waiting: number;
  /** Calls back when less than `RESUME_BYTES` wait. */
  onDrained(callback: () => void): void;
}

export interface SessionOptions {
  readonly stream: ProcessStream;
  readonly takesInput: boolean;
  /** Keys in the input that end the session, not the process. */
  readonly detachKeys?: Uint8Array | undefined;
  /** Applies a size; `null` where there is no terminal. */
  readonly resize: ((size: TerminalSize) => Promise<void>) | null;
  /** The size that the terminal has from the start. */
  readonly size?: TerminalSize | undefined;
  /** Asked once, when the connection is over: how the process ended. Rejects when that cannot be told. */
  readonly outcome: () => Promise<SessionEnd>;
  readonly taps?: readonly Tap[] | undefined;
  /** What a new viewer is shown first. */
  readonly replay?: (() => Iterable<readonly [OutputChannel, Uint8Array]>) | undefined;
  /** Called each time that the last viewer has left a session that has not ended. */
  readonly onEmpty: () => void;
}

/** A process and those who watch it. */
export interface Session {
  /** Output flows from the first call on. */
  join(viewer: Viewer): Seat;
  readonly viewers: number;
  readonly size: TerminalSize | null;
  /** @throws FairleadError CONFLICT without a terminal, EXEC_NOT_RUNNING at the end, and what the Engine throws */
  resize(size: TerminalSize): Promise<void>;
  /** Drops the connection to the process, which ends the session as `outcome` then tells. */
  close(): void;
  readonly ended: Promise<SessionEnd>;
}

/**
 * Joins a process and its viewers. The fastest of them sets the pace: a viewer that takes nothing holds the process back only
 * when nobody else watches, and one who falls 4 MiB behind the others is let go, to come back when it likes.
 */
export function createSession(options: SessionOptions): Session {
  const { stream, takesInput, detachKeys, taps = [], replay } = options;
  const viewers = new Set<Viewer>();
  let end: SessionEnd | null = null;
  let opened = false;
  let paused = false;
  let detached = false;
  let finish: (end: SessionEnd) => void = () => undefined;
  const ended = new Promise<SessionEnd>((resolve) => (finish = resolve));
  const resizer = options.resize === null ? null : createResizer(options.resize, options.size);

  /** Input that waits until the terminal has got its first size; `null` when none has to. */
  let held: (() => void)[] | null = null;
  let sized = options.size !== undefined;

  async function resize(size: TerminalSize): Promise<void> {
    if (resizer === null) throw new FairleadError('CONFLICT', 'The process has no terminal to resize.');
    const first = !sized;
    sized = true;
    if (first) held = [];
    try {
      await resizer.resize(size);
    } finally {
      if (first) release();
    }
  }

  function release(): void {
    const waiting = held ?? [];
    held = null;
    for (const send of waiting) send();
  }

  /** A program that is told what to do before its terminal has a size would find it to be 0 by 0. */
  function afterFirstSize(send: () => void): void {
    if (held === null) send();
    else held.push(send);
  }

  /** Whether somebody who has to be waited for has `bytes` or more before them. */
  function behind(bytes: number): boolean {
    for (const tap of taps) if (tap.waiting > bytes) return true;
    for (const viewer of viewers) if (viewer.waiting <= bytes) return false;
    return viewers.size > 0;
  }

  function output(channel: OutputChannel, bytes: Uint8Array): void {
    for (const tap of taps) tap.output(channel, bytes);
    for (const viewer of viewers) viewer.output(channel, bytes);
    if (!paused && behind(PAUSE_BYTES)) {
      paused = true;
      stream.pause();
    } else if (viewers.size > 1) {
      dropStragglers();
    }
  }

  function dropStragglers(): void {
    for (const viewer of viewers) {
      if (viewer.waiting <= DROP_BYTES) continue;
      viewers.delete(viewer);
      viewer.ended({ kind: 'failed', error: tooSlow() });
    }
  }

  function drained(): void {
    if (!paused || behind(RESUME_BYTES)) return;
    paused = false;
    stream.resume();
  }

  async function outcome(): Promise<SessionEnd> {
    return detached ? { kind: 'detached' } : await options.outcome();
  }

  function over(): void {
    void outcome()
      .catch((error: unknown): SessionEnd => ({ kind: 'failed', error: asFailure(error) }))
      .then((known) => {
        end = known;
        resizer?.stop(new FairleadError('EXEC_NOT_RUNNING', 'The process has ended.'));
        finish(known);
        for (const viewer of [...viewers]) viewer.ended(known);
        viewers.clear();
      });
  }

  for (const tap of taps) tap.onDrained(drained);

  return {
    join(viewer) {
      for (const [channel, bytes] of replay?.() ?? []) viewer.output(channel, bytes);
      if (end === null) viewers.add(viewer);
      else viewer.ended(end);
      if (!opened) stream.open({ output, over });
      opened = true;
      const watch = detachKeys?.byteLength ? createDetachWatch(detachKeys) : null;
      return {
        takesInput,
        input(typed, taken) {
          if (!takesInput || end !== null || detached) return taken();
          const { bytes, detached: now } = watch?.(typed) ?? { bytes: typed, detached: false };
          detached = now;
          afterFirstSize(() =>
            stream.write(bytes, () => {
              taken();
              if (now) stream.close();
            }),
          );
        },
        endInput() {
          if (takesInput && end === null) afterFirstSize(stream.endInput);
        },
        resize(size) {
          // Nobody waits for it here; that the process has just ended is no failure, and a broken connection is told otherwise.
          if (end === null && resizer !== null) resize(size).catch(() => undefined);
        },
        drained,
        leave() {
          if (!viewers.delete(viewer)) return;
          drained();
          if (viewers.size === 0 && end === null) options.onEmpty();
        },
      };
    },
    get viewers() {
      return viewers.size;
    },
    get size() {
      return resizer?.size ?? null;
    },
    resize,
    close: () => stream.close(),
    ended,
  };
}

function tooSlow(): FairleadError {
  return new FairleadError(
    'VIEWER_TOO_SLOW',
    'More than 4 MiB of output were waiting while others kept up; connect again for what comes now.',
  );
}

function asFailure(error: unknown): FairleadError {
  if (error instanceof FairleadError) return error;
  return new FairleadError('INTERNAL', 'How the process ended could not be told.', { cause: error });
}
