import { Type } from 'typebox';
import { HostQuery } from './common.ts';

const texts = (description: string, examples: readonly string[]) =>
  Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: 512 }), {
      maxItems: 100,
      description,
      examples: [examples],
    }),
  );
const moment = (description: string) =>
  Type.Optional(Type.String({ minLength: 1, maxLength: 64, description, examples: ['10m'] }));

export const EventQuery = HostQuery({
  filters: Type.Optional(
    Type.String({
      maxLength: 16_384,
      description: 'Filters as the Engine takes them: a JSON object of lists.',
      examples: ['{"type":["container"],"event":["start","die"]}'],
    }),
  ),
  type: texts('Of any of these types.', ['container']),
  event: texts('Any of these events.', ['start', 'die']),
  container: texts('Of any of these containers, by name or full id.', ['demo']),
  image: texts('Of any of these images.', ['busybox:latest']),
  network: texts('Of any of these networks.', ['bridge']),
  volume: texts('Of any of these volumes.', ['data']),
  label: texts('Of what has all of these labels: `key` or `key=value`.', ['team=shop']),
  stack: Type.Optional(
    Type.String({ minLength: 1, maxLength: 255, description: 'The Compose project that it belongs to.' }),
  ),
  since: moment(
    'Replay from this time: RFC 3339, Unix seconds, or a duration before now. The Engine keeps its last 256 events.',
  ),
  until: moment('End at this time; written as `since`.'),
});

const EngineEventSchema = Type.Object(
  {
    time: Type.String({ examples: ['2026-11-21T08:30:00.123456789Z'] }),
    timeNano: Type.String({ description: 'Nanoseconds since 1970, as text: a number would round it.' }),
    type: Type.String({ examples: ['container'] }),
    action: Type.String({ examples: ['start'] }),
    actor: Type.Object({
      id: Type.String(),
      attributes: Type.Record(Type.String(), Type.String(), { description: 'Its name and its labels.' }),
    }),
    scope: Type.String({ examples: ['local'] }),
  },
  { title: 'EngineEvent' },
);

const GapSchema = Type.Object(
  {
    gap: Type.Object(
      { items: Type.Integer({ description: 'How many events were skipped.' }), bytes: Type.Integer() },
      { description: 'Stands where the client was too slow.' },
    ),
  },
  { title: 'Gap' },
);

export const EventMessageSchema = Type.Union([EngineEventSchema, GapSchema], { title: 'EventMessage' });
