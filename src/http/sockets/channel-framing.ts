import { FairleadError } from '../../domain/errors.ts';
import type { TerminalSize } from '../../domain/exec.ts';
import type { SessionEnd } from '../../use-cases/exec/session.ts';
import type { Framing, Incoming } from './framing.ts';

/** Subprotocols of the Kubernetes remote command; the older one cannot half-close. */
export const CHANNEL_PROTOCOLS = ['v5.channel.k8s.io', 'v4.channel.k8s.io'] as const;

const STDIN = 0;
const STATUS = 3;
const RESIZE = 4;
const CLOSE = 255;
const NOTHING: Incoming = { kind: 'nothing' };
const MAX_CHARACTERS = 65_535;

/** The first byte of each frame names its channel. */
export function channelFraming(protocol: string): Framing {
  const closes = protocol === CHANNEL_PROTOCOLS[0];
  return {
    output(channel, bytes) {
      const frame = Buffer.allocUnsafe(bytes.byteLength + 1);
      frame[0] = channel;
      frame.set(bytes, 1);
      return frame;
    },
    input(frame) {
      switch (frame[0]) {
        case STDIN:
          return frame.byteLength === 1 ? NOTHING : { kind: 'input', bytes: frame.subarray(1) };
        case RESIZE:
          return toResize(frame.toString('utf8', 1));
        case CLOSE:
          return closes && frame[1] === STDIN ? { kind: 'end-of-input' } : NOTHING;
        default:
          return NOTHING;
      }
    },
    end: (end) => Buffer.concat([Buffer.of(STATUS), Buffer.from(JSON.stringify(statusOf(end)))]),
  };
}

function toResize(text: string): Incoming {
  const size = parseSize(text);
  if (size === null) {
    throw new FairleadError('VALIDATION_FAILED', 'Channel 4 takes {"Width": columns, "Height": rows}.', {
      errors: [{ path: 'channel 4', message: 'takes {"Width": columns, "Height": rows}' }],
    });
  }
  // A client whose window is not there yet says 0.
  return size.rows > 0 && size.cols > 0 ? { kind: 'resize', size } : NOTHING;
}

function parseSize(text: string): TerminalSize | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof parsed !== 'object' || parsed === null) return null;
  const { Width: cols, Height: rows } = parsed as { readonly Width?: unknown; readonly Height?: unknown };
  return isCount(cols) && isCount(rows) ? { rows, cols } : null;
}

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= MAX_CHARACTERS;
}

/** In the words that clients of Kubernetes look for. */
function statusOf(end: SessionEnd): object {
  switch (end.kind) {
    case 'exited':
      if (end.exitCode === 0) return { metadata: {}, status: 'Success' };
      return {
        metadata: {},
        status: 'Failure',
        reason: 'NonZeroExitCode',
        message: `command terminated with exit code ${end.exitCode}`,
        details: { causes: [{ reason: 'ExitCode', message: String(end.exitCode) }] },
      };
    case 'detached':
      return { metadata: {}, status: 'Success', message: 'detached' };
    case 'failed':
      return { metadata: {}, status: 'Failure', reason: end.error.code, message: end.error.message };
  }
}
