import type { Actor } from '../../domain/access.ts';
import type { ContainerProcesses } from '../../domain/container.ts';
import type { ContainerReader } from '../ports/containers.ts';
import type { HostLookup } from '../ports/host-lookup.ts';
import { withContainer } from './reach-container.ts';

export interface ListProcessesDeps {
  readonly containers: HostLookup<Pick<ContainerReader, 'find' | 'top'>>;
}

export interface ListProcessesInput {
  readonly host: string;
  readonly ref: string;
  /** Arguments for the host's `ps`, such as `-o pid,cmd`. */
  readonly psArgs?: string | undefined;
}

/** The processes of a container that the actor reaches. Throws as `reachContainer`, and CONTAINER_NOT_RUNNING. */
export function listProcesses(deps: ListProcessesDeps) {
  const at = withContainer(deps);
  return async (
    actor: Actor,
    { host, ref, psArgs }: ListProcessesInput,
    signal?: AbortSignal,
  ): Promise<ContainerProcesses> => {
    return await at(actor, { host, ref }, ({ id }) => deps.containers(host).top(id, psArgs, signal), signal);
  };
}
