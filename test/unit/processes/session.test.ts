import { describe, expect, it } from 'vitest';
import { FairleadError } from '../../../src/domain/errors.ts';
import type { OutputChannel } from '../../../src/domain/exec.ts';
import {
  createSession,
  type SessionEnd,
  type SessionOptions,
  type Viewer,
} from '../../../src/use-cases/exec/session.ts';
import type { ProcessSink } from '../../../src/use-cases/ports/exec.ts';

const MIB = 1024 * 1024;

/** The process's side, in the hands of the test. */
function fakeProcess() {
  let sink: ProcessSink | null = null;
  const calls: string[] = [];
  return {
    calls,
    write: (bytes: Uint8Array, channel: OutputChannel = 1) => sink?.output(channel, bytes),
    over: () => sink?.over(null),
    stream: {
      open(given: ProcessSink) {
        sink = given;
        calls.push('open');
      },
      write(bytes: Uint8Array, taken: () => void) {
        calls.push(`write ${Buffer.from(bytes).toString()}`);
        taken();
      },
      endInput: () => void calls.push('end input'),
      pause: () => void calls.push('pause'),
      resume: () => void calls.push('resume'),
      close: () => void calls.push('close'),
    },
  };
}

function fakeViewer() {
  const viewer = {
    waiting: 0,
    got: [] as string[],
    end: null as SessionEnd | null,
    output: (channel: OutputChannel, bytes: Uint8Array) =>
      void viewer.got.push(`${channel}${Buffer.from(bytes).toString()}`),
    ended(end: SessionEnd) {
      viewer.end = end;
    },
  } satisfies Viewer & Record<string, unknown>;
  return viewer;
}

function session(more: Partial<SessionOptions> = {}) {
  const process = fakeProcess();
  let empty = 0;
  const made = createSession({
    stream: process.stream,
    takesInput: true,
    resize: null,
    outcome: async () => ({ kind: 'exited', exitCode: 0 }),
    onEmpty: () => {
      empty += 1;
    },
    ...more,
  });
  return { process, session: made, emptied: () => empty };
}

describe('a session', () => {
  it('lets nothing flow before somebody watches', () => {
    const { process, session: made } = session();
    expect(process.calls).toEqual([]);
    made.join(fakeViewer());
    made.join(fakeViewer());
    expect(process.calls).toEqual(['open']);
  });

  it('hands output to all viewers, and their input to the process', () => {
    const { process, session: made } = session();
    const [one, two] = [fakeViewer(), fakeViewer()];
    const seats = [made.join(one), made.join(two)];
    process.write(Buffer.from('hello'));
    expect([one.got, two.got]).toEqual([['1hello'], ['1hello']]);
    seats[0]?.input(Buffer.from('a'), () => undefined);
    seats[1]?.input(Buffer.from('b'), () => undefined);
    seats[1]?.endInput();
    expect(process.calls.slice(1)).toEqual(['write a', 'write b', 'end input']);
  });

  it('holds the process back for its only viewer, until that has caught up', () => {
    const { process, session: made } = session();
    const viewer = fakeViewer();
    const seat = made.join(viewer);
    viewer.waiting = 2 * MIB;
    process.write(Buffer.from('a'));
    process.write(Buffer.from('b'));
    viewer.waiting = MIB / 2;
    seat.drained();
    expect(process.calls).toEqual(['open', 'pause']);
    viewer.waiting = 0;
    seat.drained();
    expect(process.calls).toEqual(['open', 'pause', 'resume']);
  });

  it('goes at the pace of the fastest viewer, and lets one go that falls too far behind', () => {
    const { process, session: made } = session();
    const [fast, slow] = [fakeViewer(), fakeViewer()];
    made.join(fast);
    made.join(slow);
    slow.waiting = 3 * MIB;
    process.write(Buffer.from('a'));
    expect(slow.end).toBeNull();
    slow.waiting = 5 * MIB;
    process.write(Buffer.from('b'));
    process.write(Buffer.from('c'));
    expect(process.calls).toEqual(['open']);
    expect(slow.end).toMatchObject({ kind: 'failed', error: { code: 'VIEWER_TOO_SLOW' } });
    expect(fast.got).toEqual(['1a', '1b', '1c']);
    expect(slow.got).toEqual(['1a', '1b']);
    expect(made.viewers).toBe(1);
  });

  it('goes on without viewers when the one leaves that held it back', () => {
    const { process, session: made, emptied } = session();
    const viewer = fakeViewer();
    const seat = made.join(viewer);
    viewer.waiting = 2 * MIB;
    process.write(Buffer.from('a'));
    seat.leave();
    seat.leave();
    expect(process.calls).toEqual(['open', 'pause', 'resume']);
    expect(emptied()).toBe(1);
  });

  it('waits for a tap whoever watches', () => {
    let drained: () => void = () => undefined;
    const tap = {
      waiting: 0,
      output: () => undefined,
      onDrained: (callback: () => void) => {
        drained = callback;
      },
    };
    const { process, session: made } = session({ taps: [tap] });
    made.join(fakeViewer()).leave();
    tap.waiting = 2 * MIB;
    process.write(Buffer.from('a'));
    tap.waiting = 0;
    drained();
    expect(process.calls).toEqual(['open', 'pause', 'resume']);
  });

  it('tells everybody how it ended, those who come later too, after what is replayed', async () => {
    const {
      process,
      session: made,
      emptied,
    } = session({
      outcome: async () => ({ kind: 'exited', exitCode: 7 }),
      replay: () => [[1, Buffer.from('before')]],
    });
    const [one, late] = [fakeViewer(), fakeViewer()];
    const seat = made.join(one);
    process.over();
    await made.ended;
    expect(one.end).toEqual({ kind: 'exited', exitCode: 7 });
    made.join(late);
    expect([late.got, late.end]).toEqual([['1before'], { kind: 'exited', exitCode: 7 }]);
    let taken = false;
    seat.input(Buffer.from('x'), () => {
      taken = true;
    });
    seat.leave();
    expect(taken).toBe(true);
    expect(process.calls).toEqual(['open']);
    expect(emptied()).toBe(0);
  });

  it('tells why when the outcome cannot be known', async () => {
    const lost = new FairleadError('ENGINE_UNREACHABLE', 'gone');
    const { process, session: made } = session({ outcome: () => Promise.reject(lost) });
    const viewer = fakeViewer();
    made.join(viewer);
    process.over();
    await made.ended;
    expect(viewer.end).toEqual({ kind: 'failed', error: lost });
  });
});

describe('the first size of a terminal', () => {
  it('holds input back until it is there, later ones do not', async () => {
    const applied: (() => void)[] = [];
    const { process, session: made } = session({
      resize: () => new Promise((resolve) => void applied.push(resolve)),
    });
    const seat = made.join(fakeViewer());
    seat.resize({ rows: 1, cols: 2 });
    seat.input(Buffer.from('early'), () => undefined);
    seat.endInput();
    expect(process.calls).toEqual(['open']);
    applied.shift()?.();
    await new Promise(setImmediate);
    expect(process.calls).toEqual(['open', 'write early', 'end input']);
    seat.resize({ rows: 3, cols: 4 });
    seat.input(Buffer.from('late'), () => undefined);
    expect(process.calls.at(-1)).toBe('write late');
    expect(made.size).toEqual({ rows: 3, cols: 4 });
  });

  it('holds nothing back for longer than the process lives', async () => {
    const { process, session: made } = session({ resize: () => new Promise(() => undefined) });
    const seat = made.join(fakeViewer());
    const failed = made.resize({ rows: 1, cols: 2 }).catch((error: unknown) => error);
    let taken = false;
    seat.input(Buffer.from('never'), () => {
      taken = true;
    });
    process.over();
    expect(await failed).toMatchObject({ code: 'EXEC_NOT_RUNNING' });
    expect(taken).toBe(true);
  });
});
