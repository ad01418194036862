import type { Actor } from '../../domain/access.ts';
import { type ReachContainerDeps, reachContainer } from '../containers/reach-container.ts';
import type { Clock } from '../ports/clock.ts';
import type { HostLookup } from '../ports/host-lookup.ts';
import type { LogReader } from '../ports/logs.ts';
import { type LogSelection, toRange } from './log-selection.ts';

export interface ReadLogTextDeps extends ReachContainerDeps {
  readonly logs: HostLookup<Pick<LogReader, 'text'>>;
  readonly clock: Pick<Clock, 'now'>;
}

export interface ReadLogTextInput extends LogSelection {
  /** Whether each line begins with its time. */
  readonly timestamps?: boolean | undefined;
}

/**
 * What a container has written, as bytes.
 *
 * @throws FairleadError VALIDATION_FAILED, ENGINE_NOT_SUPPORTED for a log driver that cannot be read; and as `reachContainer`
 */
export function readLogText(deps: ReadLogTextDeps) {
  const reach = reachContainer(deps);
  return async (
    actor: Actor,
    input: ReadLogTextInput,
    signal: AbortSignal,
  ): Promise<AsyncIterable<Uint8Array>> => {
    const range = toRange(input, deps.clock.now());
    const { id } = await reach(actor, input.host, input.ref, signal);
    return await deps.logs(input.host).text(id, { ...range, timestamps: input.timestamps ?? false }, signal);
  };
}
