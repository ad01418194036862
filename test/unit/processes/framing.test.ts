import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FairleadError } from '../../../src/domain/errors.ts';
import { channelFraming } from '../../../src/http/sockets/channel-framing.ts';
import { RAW_FRAMING } from '../../../src/http/sockets/framing.ts';

const v5 = channelFraming('v5.channel.k8s.io');
const v4 = channelFraming('v4.channel.k8s.io');
const status = (end: Parameters<typeof v5.end>[0]) => {
  const frame = Buffer.from(v5.end(end) ?? []);
  expect(frame[0]).toBe(3);
  return JSON.parse(frame.toString('utf8', 1)) as unknown;
};

describe('the raw framing', () => {
  it('passes bytes both ways as they are', () => {
    const bytes = Buffer.of(0, 255, 10);
    expect(RAW_FRAMING.output(2, bytes)).toBe(bytes);
    expect(RAW_FRAMING.input(bytes)).toEqual({ kind: 'input', bytes });
    expect(RAW_FRAMING.input(Buffer.alloc(0))).toEqual({ kind: 'nothing' });
    expect(RAW_FRAMING.end({ kind: 'exited', exitCode: 0 })).toBeNull();
  });
});

describe('the channel framing', () => {
  it('puts the channel before any output and takes it off any input', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1 }),
        fc.constantFrom(1 as const, 2 as const),
        (bytes, channel) => {
          expect([...v5.output(channel, bytes)]).toEqual([channel, ...bytes]);
          expect(v5.input(Buffer.of(0, ...bytes))).toEqual({ kind: 'input', bytes: Buffer.from(bytes) });
        },
      ),
    );
  });

  it('reads sizes, and leaves out those of a window that is not there yet', () => {
    const resize = (text: string) => v5.input(Buffer.from(`\x04${text}`));
    expect(resize('{"Width":120,"Height":40}')).toEqual({ kind: 'resize', size: { rows: 40, cols: 120 } });
    expect(resize('{"Width":0,"Height":0}')).toEqual({ kind: 'nothing' });
    for (const wrong of [
      '',
      '80x24',
      '[]',
      'null',
      '{"Width":"80","Height":24}',
      '{"Width":1e9,"Height":1}',
    ]) {
      expect(() => resize(wrong), wrong).toThrow(/Width.*Height/);
    }
  });

  it('knows the half-close of the newer protocol only, and only that of the input', () => {
    expect(v5.input(Buffer.of(255, 0))).toEqual({ kind: 'end-of-input' });
    expect(v5.input(Buffer.of(255, 1))).toEqual({ kind: 'nothing' });
    expect(v4.input(Buffer.of(255, 0))).toEqual({ kind: 'nothing' });
  });

  it('gives frames without a meaning none', () => {
    for (const frame of [[], [0], [1, 65], [3, 123], [9, 9], [255]]) {
      expect(v5.input(Buffer.from(frame))).toEqual({ kind: 'nothing' });
    }
  });

  it('tells the end in the words of Kubernetes', () => {
    expect(status({ kind: 'exited', exitCode: 0 })).toEqual({ metadata: {}, status: 'Success' });
    expect(status({ kind: 'exited', exitCode: 7 })).toMatchObject({
      status: 'Failure',
      reason: 'NonZeroExitCode',
      details: { causes: [{ reason: 'ExitCode', message: '7' }] },
    });
    const error = new FairleadError('CONTAINER_NOT_RUNNING', 'The container is not running.');
    expect(status({ kind: 'failed', error })).toMatchObject({
      status: 'Failure',
      reason: 'CONTAINER_NOT_RUNNING',
      message: 'The container is not running.',
    });
    expect(status({ kind: 'detached' })).toMatchObject({ status: 'Success' });
  });
});
