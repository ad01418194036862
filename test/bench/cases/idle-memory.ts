import { setTimeout as delay } from 'node:timers/promises';
import { residentMib } from '../../support/process-figures.ts';
import { type BenchContext, benchCase, type Measurement } from '../case.ts';
import { type Database, embeddedDatabase, postgresDatabase } from '../second-start.ts';

export const idleMemoryPostgres = benchCase({
  name: 'idle-memory-postgres',
  path: 'idle server with PostgreSQL',
  against: '',
  targets: { memory: { op: '<=', limit: 110, unit: 'MB' } },
  run: async (context) => measureIdle(context, await postgresDatabase()),
});

export const idleMemoryEmbedded = benchCase({
  name: 'idle-memory-embedded',
  path: 'idle server with the embedded database',
  against: '',
  targets: { memory: { op: '<=', limit: 420, unit: 'MB' } },
  run: async (context) => measureIdle(context, await embeddedDatabase()),
});

/** At the second start: the first one also makes the database. 200 containers are there, as for the lists. */
async function measureIdle(context: BenchContext, made: Database): Promise<Measurement<'memory'>> {
  await using database = made;
  await context.manyContainers();
  const first = await context.freshServer(database.options);
  await first[Symbol.asyncDispose]();
  await using server = await context.freshServer(database.options);
  const atReady = residentMib(server.pid);
  await delay(context.short ? 2_000 : 10_000);
  const memory = residentMib(server.pid);
  return {
    checks: { memory },
    figures: {
      server: [
        { name: 'when ready', value: atReady, unit: 'MB' },
        { name: 'idle', value: memory, unit: 'MB' },
      ],
    },
  };
}
