import { FairleadError, isFairleadError } from '../../domain/errors.ts';
import type { EngineLink } from '../connection/link.ts';
import type { RawInspected, RawListed } from './raw-container.ts';

/** The Engine's two views of containers, as its own JSON. */
export interface ContainerSource {
  /** `GET /containers/json` with these parameters. */
  list(query: ListQuery, signal?: AbortSignal): Promise<readonly RawListed[]>;
  /** @throws FairleadError CONTAINER_NOT_FOUND */
  inspect(ref: string, size: boolean, signal?: AbortSignal): Promise<RawInspected>;
}

export interface ListQuery {
  readonly all?: boolean;
  readonly limit?: number;
  readonly size?: boolean;
  readonly filters?: Readonly<Record<string, readonly string[]>>;
}

/** Adding up sizes takes the Engine as long as there are files. */
const SIZE_DEADLINE_MS = 300_000;

export function createContainerSource(link: EngineLink): ContainerSource {
  return {
    list: ({ filters, size = false, ...query }, signal) =>
      link.call(
        { type: 'system', ref: 'containers' },
        async (docker, abortSignal) => {
          const options = {
            ...query,
            size,
            abortSignal,
            ...(filters === undefined ? {} : { filters: JSON.stringify(filters) }),
          };
          return asList(await docker.listContainers(options));
        },
        { signal, ...(size ? { deadlineMs: SIZE_DEADLINE_MS } : {}) },
      ),
    inspect: (ref, size, signal) =>
      link.call(
        { type: 'container', ref },
        async (docker, abortSignal) => {
          const options: object = { size, abortSignal };
          return (await docker.getContainer(ref).inspect(options)) as unknown as RawInspected;
        },
        { signal, ...(size ? { deadlineMs: SIZE_DEADLINE_MS } : {}) },
      ),
  };
}

/** What became of an inspection. */
export type Inspection = RawInspected | 'gone' | 'unreadable';

/**
 * Inspects a container that may be gone, or in a state in which the Engine cannot read it: one that is being removed, or that is
 * broken. Neither is a reason to know nothing of all others.
 */
export async function inspection(asked: Promise<RawInspected>): Promise<Inspection> {
  try {
    return await asked;
  } catch (error) {
    if (isFairleadError(error, 'CONTAINER_NOT_FOUND')) return 'gone';
    if (isFairleadError(error, 'ENGINE_ERROR')) return 'unreadable';
    throw error;
  }
}

function asList(value: unknown): readonly RawListed[] {
  if (Array.isArray(value)) return value as readonly RawListed[];
  throw new FairleadError('ENGINE_ERROR', 'The Engine answered something else than a list of containers.');
}
