import { benchCase } from '../case.ts';
import { apiClient, type HttpClient } from '../clients/http.ts';
import { alternate, median, pairedRatio } from '../statistics.ts';

const CLIENTS = 16;
const WINDOW_MS = 1_500;

export const listManyClients = benchCase({
  name: 'list-many-clients',
  path: `\`GET /containers?all=true\`, 200 containers, ${CLIENTS} clients`,
  against: `raw socket, ${CLIENTS} clients`,
  targets: { 'requests a second': { op: '>=', limit: 8, unit: 'x' } },
  run: async (context) => {
    await context.manyContainers();
    const api = apiClient(await context.server());
    try {
      const pairs = await alternate(
        { rounds: 4 },
        () => requestsPerSecond(api, '/containers?all=true'),
        () => requestsPerSecond(context.raw(), '/containers/json?all=1'),
      );
      return {
        checks: { 'requests a second': pairedRatio(pairs, (rate) => rate) },
        figures: {
          server: [{ name: 'median', value: median(pairs.ours), unit: '1/s' }],
          'raw socket': [{ name: 'median', value: median(pairs.theirs), unit: '1/s' }],
        },
      };
    } finally {
      api.close();
    }
  },
});

async function requestsPerSecond(client: HttpClient, path: string): Promise<number> {
  const began = performance.now();
  let answered = 0;
  const one = async () => {
    while (performance.now() - began < WINDOW_MS) {
      await client.drain(path);
      answered += 1;
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, one));
  return answered / ((performance.now() - began) / 1000);
}
