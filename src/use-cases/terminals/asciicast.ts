import type { TerminalSize } from '../../domain/exec.ts';

/** Media type of a recording. */
export const ASCIICAST_TYPE = 'application/x-asciicast';

/** What the first line of a recording says. */
export interface AsciicastHeader {
  readonly size: TerminalSize;
  readonly startedAt: Date;
  readonly command: readonly string[];
  readonly title: string;
}

/** First line of an asciicast of version 2. */
export function asciicastHeader({ size, startedAt, command, title }: AsciicastHeader): string {
  return line({
    version: 2,
    width: size.cols,
    height: size.rows,
    timestamp: Math.floor(startedAt.getTime() / 1000),
    command: command.join(' '),
    title,
    env: { TERM: 'xterm' },
  });
}

/** A line for something that happened: output (`o`), a new size (`r`), a remark (`m`). */
export function asciicastEvent(seconds: number, kind: 'o' | 'r' | 'm', data: string): string {
  return line([Math.round(seconds * 1e6) / 1e6, kind, data]);
}

function line(value: unknown): string {
  return `${JSON.stringify(value)}\n`;
}
