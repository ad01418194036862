import { type BenchContext, benchCase, type Measurement } from '../case.ts';
import { apiClient, type HttpClient } from '../clients/http.ts';
import { alternate, median, pairedRatio, spread, timed } from '../statistics.ts';

export const listOneClient = benchCase({
  name: 'list-one-client',
  path: '`GET /containers?all=true`, 200 containers, one client, from the snapshot',
  against: 'raw socket, `GET /containers/json?all=1`',
  targets: { p50: { op: '<=', limit: 0.1, unit: 'x' } },
  run: (context) => measureLists(context, '/containers?all=true', '/containers/json?all=1'),
});

/** Every plain list comes from the snapshot; this is what one costs that cannot. */
export const listAskingEngine = benchCase({
  name: 'list-asking-engine',
  path: 'the same with a filter that only the Engine can answer (`ancestor`)',
  against: 'raw socket, the same filter',
  targets: { p50: { op: '<=', limit: 1.1, unit: 'x' } },
  run: (context) => {
    const filters = encodeURIComponent(JSON.stringify({ ancestor: ['busybox:latest'] }));
    return measureLists(
      context,
      `/containers?all=true&filters=${filters}`,
      `/containers/json?all=1&filters=${filters}`,
    );
  },
});

async function measureLists(
  context: BenchContext,
  ours: string,
  theirs: string,
): Promise<Measurement<'p50'>> {
  await context.manyContainers();
  const raw = context.raw();
  const api = apiClient(await context.server());
  try {
    const round = (client: HttpClient, path: string) => () => timed(10, () => client.drain(path));
    const pairs = await alternate({ rounds: 40, warmUp: 5 }, round(api, ours), round(raw, theirs));
    const figures = async (samples: readonly number[][], client: HttpClient, path: string) => [
      ...spread(samples.flat(), 'ms' as const),
      { name: 'bytes', value: await client.drain(path), unit: '' as const },
    ];
    return {
      checks: { p50: pairedRatio(pairs, median) },
      figures: {
        server: await figures(pairs.ours, api, ours),
        'raw socket': await figures(pairs.theirs, raw, theirs),
      },
    };
  } finally {
    api.close();
  }
}
