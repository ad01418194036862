import { type BenchContext, benchCase } from '../case.ts';
import { apiClient, type HttpClient } from '../clients/http.ts';
import { alternate, median, type Pairs, pairedRatio, spread, timed } from '../statistics.ts';

const RAW = '/containers/json?all=1';

/** Without others: how long one list takes, from memory. */
export const listOneClient = benchCase({
  name: 'list-one-client',
  path: '`GET /containers?all=true`, 200 containers, one client',
  against: 'raw socket, `GET /containers/json?all=1`',
  targets: { p50: { op: '<=', limit: 0.1, unit: 'x' } },
  run: async (context) => {
    const { pairs, bytes } = await measureLists(context, '/containers?all=true');
    return {
      checks: { p50: pairedRatio(pairs, median) },
      figures: {
        server: [...spread(pairs.ours.flat(), 'ms'), { name: 'kB', value: bytes.ours / 1000, unit: '' }],
        'raw socket': [
          ...spread(pairs.theirs.flat(), 'ms'),
          { name: 'kB', value: bytes.theirs / 1000, unit: '' },
        ],
      },
    };
  },
});

async function measureLists(
  context: BenchContext,
  path: string,
): Promise<{ pairs: Pairs<number[]>; bytes: { ours: number; theirs: number } }> {
  await context.manyContainers();
  const api = apiClient(await context.server());
  try {
    const bytes = { ours: await api.drain(path), theirs: await context.raw().drain(RAW) };
    const round = (client: HttpClient, what: string) => () => timed(10, () => client.drain(what));
    return {
      pairs: await alternate({ rounds: 40, warmUp: 5 }, round(api, path), round(context.raw(), RAW)),
      bytes,
    };
  } finally {
    api.close();
  }
}
