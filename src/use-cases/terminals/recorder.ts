import { StringDecoder } from 'node:string_decoder';
import type { OutputChannel, TerminalSize } from '../../domain/exec.ts';
import { RESUME_BYTES, type Tap } from '../exec/session.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { RecordingWriter } from '../ports/terminal-recordings.ts';
import { type AsciicastHeader, asciicastEvent, asciicastHeader } from './asciicast.ts';

/** Writes a terminal's output down as it comes. */
export interface Recorder extends Tap {
  resized(size: TerminalSize): void;
  /** Ends the recording; resolves when it is stored. */
  close(): Promise<void>;
}

export interface RecorderDeps {
  readonly writer: RecordingWriter;
  readonly clock: Clock;
  readonly log: Log;
  /** A longer recording ends there, with a remark that says so. */
  readonly maxBytes: number;
}

/**
 * Bytes become text here and only here, because the format knows nothing else: what is not UTF-8 shows as U+FFFD. A recording
 * that cannot be stored ends; the terminal goes on.
 */
export function createRecorder(
  { writer, clock, log, maxBytes }: RecorderDeps,
  header: AsciicastHeader,
): Recorder {
  const began = clock.elapsed();
  let { size } = header;
  // A character may be spread over chunks; of which channel they are matters too.
  const decoders = { 1: new StringDecoder('utf8'), 2: new StringDecoder('utf8') } as const;
  let written = 0;
  let waiting = 0;
  let over = false;
  let drained: () => void = () => undefined;

  function store(text: string): void {
    const bytes = Buffer.byteLength(text);
    written += bytes;
    waiting += bytes;
    writer.write(text, (error) => {
      waiting -= bytes;
      if (error !== null && !over) {
        over = true;
        log.error({ err: error }, 'the recording of a terminal cannot be stored, and ends');
      }
      if (waiting <= RESUME_BYTES) drained();
    });
  }

  function event(kind: 'o' | 'r' | 'm', data: string): void {
    if (over || data === '') return;
    store(asciicastEvent((clock.elapsed() - began) / 1000, kind, data));
    if (written < maxBytes || kind === 'm') return;
    event('m', `The recording ends here: it has reached ${maxBytes} bytes.`);
    over = true;
  }

  store(asciicastHeader(header));
  return {
    output: (channel: OutputChannel, bytes) =>
      event('o', decoders[channel].write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))),
    get waiting() {
      return waiting;
    },
    onDrained(callback) {
      drained = callback;
    },
    resized(now) {
      if (now.rows === size.rows && now.cols === size.cols) return;
      size = now;
      event('r', `${now.cols}x${now.rows}`);
    },
    async close() {
      for (const decoder of Object.values(decoders)) event('o', decoder.end());
      over = true;
      await writer.close();
    },
  };
}
