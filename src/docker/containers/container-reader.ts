import type { ContainerProcesses, FileChange } from '../../domain/container.ts';
import { FairleadError } from '../../domain/errors.ts';
import type { ContainerReader } from '../../use-cases/ports/containers.ts';
import { defined } from '../connection/defined.ts';
import type { EngineLink } from '../connection/link.ts';
import { toDetails } from './container-details.ts';
import type { FindContainer } from './container-find.ts';
import type { ContainerSource } from './container-source.ts';
import { toSummary } from './container-summary.ts';

const CHANGES_DEADLINE_MS = 120_000;
const KINDS: readonly FileChange['kind'][] = ['modified', 'added', 'deleted'];

/** What is read of one container, always from the Engine itself. */
export function createReader(
  link: EngineLink,
  source: ContainerSource,
  find: FindContainer,
): Pick<ContainerReader, 'get' | 'raw' | 'top' | 'changes'> {
  return {
    async get(ref, { size = false } = {}, signal) {
      const { id } = await find(ref, signal);
      const [[listed], inspected] = await Promise.all([
        source.list({ all: true, filters: { id: [id] } }, signal),
        source.inspect(id, size, signal),
      ]);
      if (listed === undefined) throw new FairleadError('CONTAINER_NOT_FOUND', `No such container: ${ref}`);
      return toDetails(toSummary(listed, inspected), inspected, size);
    },

    async raw(ref, { size = false } = {}, signal) {
      const { id } = await find(ref, signal);
      return await source.inspect(id, size, signal);
    },

    async top(ref, psArgs, signal) {
      const { id } = await find(ref, signal);
      const answer = await link.call(
        { type: 'container', ref },
        (docker, abortSignal) => {
          const query: object = { ...defined({ ps_args: psArgs }), abortSignal };
          return docker.getContainer(id).top(query);
        },
        { signal },
      );
      const { Titles: titles, Processes: processes } = answer as RawTop;
      return { titles: titles ?? [], processes: processes ?? [] } satisfies ContainerProcesses;
    },

    async changes(ref, signal) {
      const { id } = await find(ref, signal);
      const answer = await link.call(
        { type: 'container', ref },
        (docker, abortSignal) => {
          const options: object = { abortSignal };
          return docker.getContainer(id).changes(options) as Promise<unknown>;
        },
        { signal, deadlineMs: CHANGES_DEADLINE_MS },
      );
      // Nothing changed is `null` to the Engine, which dockerode hands on as bytes.
      const changes = Array.isArray(answer) ? (answer as RawChange[]) : [];
      return changes.map(({ Path, Kind }) => ({ path: Path, kind: KINDS[Kind] ?? 'modified' }));
    },
  };
}

interface RawTop {
  readonly Titles?: readonly string[] | null;
  readonly Processes?: readonly (readonly string[])[] | null;
}

interface RawChange {
  readonly Path: string;
  readonly Kind: number;
}
