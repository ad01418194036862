import type { OutputChannel, TerminalSize } from '../../domain/exec.ts';
import type { SessionEnd } from '../../use-cases/exec/session.ts';

/** What a frame from the peer asks for. */
export type Incoming =
  | { readonly kind: 'input'; readonly bytes: Buffer }
  | { readonly kind: 'end-of-input' }
  | { readonly kind: 'resize'; readonly size: TerminalSize }
  /** Nothing: an empty frame, or a channel that the protocol does not give a meaning. */
  | { readonly kind: 'nothing' };

/** How the bytes of a process travel in WebSocket frames. */
export interface Framing {
  output(channel: OutputChannel, bytes: Uint8Array): Uint8Array;
  /** @throws FairleadError VALIDATION_FAILED */
  input(frame: Buffer): Incoming;
  /** The frame that tells how a session ended; `null` where only the close code does. */
  end(end: SessionEnd): Uint8Array | null;
}

export const RAW_FRAMING: Framing = {
  output: (_, bytes) => bytes,
  input: (frame) => (frame.byteLength === 0 ? { kind: 'nothing' } : { kind: 'input', bytes: frame }),
  end: () => null,
};
