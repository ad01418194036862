import { Type } from 'typebox';
import { HostQuery, StringEnum } from './common.ts';

const MOMENT = 'RFC 3339, Unix seconds, or a duration before now such as `10m`.';
const Moment = (description: string) =>
  Type.Optional(Type.String({ minLength: 1, maxLength: 64, description, examples: ['10m'] }));

export const LogQuery = HostQuery({
  stdout: Type.Optional(
    Type.Boolean({ description: 'Default: true, unless only `stderr` is asked for. Not both may be false.' }),
  ),
  stderr: Type.Optional(Type.Boolean({ description: 'Default: true, unless only `stdout` is asked for.' })),
  tail: Type.Optional(
    Type.String({
      pattern: '^(all|\\d{1,9})$',
      description: 'The newest so many lines, of both streams together, or `all`.',
      default: 'all',
      examples: ['100'],
    }),
  ),
  since: Moment(`Lines from this time on: ${MOMENT}`),
  until: Moment(`Lines up to this time: ${MOMENT} A followed log ends there.`),
  timestamps: Type.Optional(
    Type.Boolean({ default: false, description: 'Of `text/plain`: each line begins with its time.' }),
  ),
  follow: Type.Optional(
    Type.Boolean({ description: 'Go on with what is written. Default: true for a WebSocket, else false.' }),
  ),
});

export const LastEventIdHeader = Type.Object({
  'last-event-id': Type.Optional(
    Type.String({
      maxLength: 256,
      description: 'The last `id` of the stream before: this one goes on after it.',
    }),
  ),
});

const LogLineSchema = Type.Object(
  {
    stream: StringEnum(['stdout', 'stderr']),
    time: Type.String({
      description: 'When the Engine got it, to the nanosecond.',
      examples: ['2026-11-21T08:30:00.123456789Z'],
    }),
    line: Type.String({ description: 'Without its end. Bytes that are no UTF-8 are replaced.' }),
    partial: Type.Optional(
      Type.Literal(true, {
        description: 'The line is longer than a mebibyte; the next one of this stream goes on with it.',
      }),
    ),
  },
  { title: 'LogLine' },
);

const LogGapSchema = Type.Object(
  {
    gap: Type.Object(
      {
        lines: Type.Integer({ description: 'How many lines of the container were skipped.' }),
        bytes: Type.Integer(),
      },
      { description: 'Stands where the client was too slow for a followed log.' },
    ),
  },
  { title: 'LogGap' },
);

export const LogMessageSchema = Type.Union([LogLineSchema, LogGapSchema], { title: 'LogMessage' });
