import { type BenchContext, benchCase, type Measurement } from '../case.ts';
import { type Database, embeddedDatabase, postgresDatabase } from '../second-start.ts';
import { median } from '../statistics.ts';

const STARTS = 5;

export const startToReadyPostgres = benchCase({
  name: 'start-to-ready-postgres',
  path: 'second start until `/readyz` says 200, with PostgreSQL',
  against: '',
  targets: { '': { op: '<=', limit: 1.5, unit: 's' } },
  run: async (context) => measureStarts(context, await postgresDatabase()),
});

export const startToReadyEmbedded = benchCase({
  name: 'start-to-ready-embedded',
  path: 'second start until `/readyz` says 200, with the embedded database',
  against: '',
  targets: { '': { op: '<=', limit: 1.5, unit: 's' } },
  run: async (context) => measureStarts(context, await embeddedDatabase()),
});

async function measureStarts(context: BenchContext, made: Database): Promise<Measurement<''>> {
  await using database = made;
  await context.manyContainers();
  const seconds: number[] = [];
  for (let start = 0; start <= STARTS; start += 1) {
    await using server = await context.freshServer(database.options);
    seconds.push(server.readyMs / 1000);
  }
  const [first = 0, ...later] = seconds;
  return {
    checks: { '': median(later) },
    figures: {
      server: [
        { name: 'first start', value: first, unit: 's' },
        { name: 'later starts', value: median(later), unit: 's' },
        { name: 'slowest of them', value: Math.max(...later), unit: 's' },
      ],
    },
  };
}
