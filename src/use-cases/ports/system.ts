import type { EngineEvent } from '../../domain/engine-event.ts';
import type { EngineFilters } from '../../domain/engine-filters.ts';
import type { DiskUsage, EngineInfo, EngineVersion } from '../../domain/engine-info.ts';
import type { Gap } from '../../domain/gap.ts';

export interface SystemReader {
  version(signal?: AbortSignal): Promise<EngineVersion>;
  info(signal?: AbortSignal): Promise<EngineInfo>;
  /** The Engine adds it all up anew: seconds on a large host. Calls at the same time share one. */
  diskUsage(signal?: AbortSignal): Promise<DiskUsage>;
}

export interface EventQuery {
  readonly filters?: EngineFilters;
  /** As `parseInstant` takes it. The Engine keeps no more than its last 256 events. */
  readonly since?: string;
  /** The stream ends there; without it, it goes on. */
  readonly until?: string;
}

export interface EventSource {
  /**
   * Resolves once attached: nothing after that is missed, and a reader too slow gets gaps. The iterable has to be read or let
   * go of by `signal`, by which it ends without an error; it throws ENGINE_UNREACHABLE when the Engine is lost.
   *
   * @throws FairleadError VALIDATION_FAILED for a time that is none, ENGINE_REJECTED for what else the Engine does not take,
   * ENGINE_UNREACHABLE; filters that it does not know, it ignores
   */
  events(query: EventQuery, signal?: AbortSignal): Promise<AsyncIterable<EngineEvent | Gap>>;
}
