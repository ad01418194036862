import { engineJson } from './engine-api.ts';
import type { TestEngine } from './testbed.ts';

/** The command lines of all that runs in a container. Empty when it does not run. */
export async function processesOf(
  { socketPath }: Pick<TestEngine, 'socketPath'>,
  container: string,
): Promise<string[]> {
  const { Processes } = await engineJson<{ Processes: string[][] | null }>(
    socketPath,
    'GET',
    `/containers/${container}/top`,
  );
  return (Processes ?? []).map((columns) => columns.at(-1) ?? '');
}
