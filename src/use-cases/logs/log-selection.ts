import { FairleadError } from '../../domain/errors.ts';
import { parseInstant } from '../../domain/instant.ts';
import type { LogStream } from '../../domain/log-line.ts';
import type { LogRange } from '../ports/logs.ts';

/** Which part of a container's log is wanted, as callers say it. */
export interface LogSelection {
  readonly host: string;
  /** Name, id or unique prefix of an id. */
  readonly ref: string;
  /** Where one is set, the other defaults to its contrary; where none is, both are wanted. */
  readonly stdout?: boolean | undefined;
  readonly stderr?: boolean | undefined;
  /** A number, or `all`, the default. */
  readonly tail?: string | undefined;
  /** RFC 3339, Unix seconds, or a duration before now. */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly follow?: boolean | undefined;
}

/** @throws FairleadError VALIDATION_FAILED */
export function toRange(selection: LogSelection, now: Date): LogRange {
  return {
    streams: streamsOf(selection),
    tail: tailOf(selection.tail),
    since: instantOf('since', selection.since, now),
    until: instantOf('until', selection.until, now),
    follow: selection.follow ?? false,
  };
}

function streamsOf({ stdout, stderr }: LogSelection): readonly LogStream[] {
  const streams: LogStream[] = [];
  if (stdout ?? stderr !== true) streams.push('stdout');
  if (stderr ?? stdout !== true) streams.push('stderr');
  if (streams.length > 0) return streams;
  throw invalid('stdout', 'and stderr are both false; at least one is wanted');
}

function tailOf(tail: string | undefined): number | null {
  if (tail === undefined || tail === 'all') return null;
  if (/^\d{1,9}$/.test(tail)) return Number(tail);
  throw invalid('tail', 'is a number of lines, or all');
}

function instantOf(name: string, text: string | undefined, now: Date): bigint | null {
  if (text === undefined) return null;
  const instant = parseInstant(text, now);
  if (instant !== null) return instant;
  throw invalid(name, 'is RFC 3339, Unix seconds, or a duration before now such as 10m');
}

function invalid(path: string, message: string): FairleadError {
  return new FairleadError('VALIDATION_FAILED', `${path} ${message}.`, { errors: [{ path, message }] });
}
