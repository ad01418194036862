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
  /** ISO 8601, or Unix seconds with a fraction. The Engine keeps no more than its last 256 events. */
  readonly since?: string;
  /** The stream ends there; without it, it goes on. */
  readonly until?: string;
}

export interface EventSource {
  /**
   * Attached when this is called, so nothing after that is missed; a reader too slow gets gaps. Ends without an error when
   * `signal` aborts; throws ENGINE_UNREACHABLE when the Engine is lost, ENGINE_REJECTED for a filter that it does not know.
   */
  events(query: EventQuery, signal?: AbortSignal): AsyncIterable<EngineEvent | Gap>;
}
