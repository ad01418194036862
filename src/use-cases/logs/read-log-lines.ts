import type { Actor } from '../../domain/access.ts';
import { type LogBatch, type LogGap, parseMark } from '../../domain/log-line.ts';
import { type ReachContainerDeps, reachContainer } from '../containers/reach-container.ts';
import type { Clock } from '../ports/clock.ts';
import type { HostLookup } from '../ports/host-lookup.ts';
import type { LogReader } from '../ports/logs.ts';
import { type LogSelection, toRange } from './log-selection.ts';

export interface ReadLogLinesDeps extends ReachContainerDeps {
  readonly logs: HostLookup<Pick<LogReader, 'lines'>>;
  readonly clock: Pick<Clock, 'now'>;
}

export interface ReadLogLinesInput extends LogSelection {
  /** Where a reader that comes back has got to, as `formatMark` writes it; one that is none is as if it was missing. */
  readonly after?: string | undefined;
}

/**
 * What a container has written, line by line; the newest of a followed log come with gaps where the reader was too slow.
 *
 * @throws FairleadError VALIDATION_FAILED, ENGINE_NOT_SUPPORTED for a log driver that cannot be read; and as `reachContainer`
 */
export function readLogLines(deps: ReadLogLinesDeps) {
  const reach = reachContainer(deps);
  return async (
    actor: Actor,
    input: ReadLogLinesInput,
    signal: AbortSignal,
  ): Promise<AsyncIterable<LogBatch | LogGap>> => {
    const range = toRange(input, deps.clock.now());
    const { id } = await reach(actor, input.host, input.ref, signal);
    const after = input.after === undefined ? null : parseMark(input.after);
    return await deps.logs(input.host).lines(id, { ...range, after }, signal);
  };
}
