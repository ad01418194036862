import type { SystemReader } from '../../use-cases/ports/system.ts';
import { abortable } from '../connection/abortable.ts';
import type { EngineLink } from '../connection/link.ts';
import {
  type RawDiskUsage,
  type RawInfo,
  type RawVersion,
  toDiskUsage,
  toInfo,
  toVersion,
} from './system-mapping.ts';

/** The Engine adds up every file of every container. */
const DISK_USAGE_DEADLINE_MS = 600_000;

/** What an Engine tells of itself and of its machine. */
export function createSystem(link: EngineLink): SystemReader {
  let measuring: Promise<RawDiskUsage> | undefined;

  function measure(): Promise<RawDiskUsage> {
    // Shared, so it goes on when the one who began it gives up.
    measuring ??= link
      .call({ type: 'system', ref: 'df' }, (docker) => docker.df() as Promise<RawDiskUsage>, {
        deadlineMs: DISK_USAGE_DEADLINE_MS,
      })
      .finally(() => {
        measuring = undefined;
      });
    return measuring;
  }

  return {
    version: async (signal) =>
      toVersion(
        (await link.call({ type: 'system', ref: 'version' }, (docker) => docker.version(), {
          signal,
        })) as unknown as RawVersion,
      ),
    info: async (signal) =>
      toInfo(
        (await link.call({ type: 'system', ref: 'info' }, (docker) => docker.info(), { signal })) as RawInfo,
      ),
    diskUsage: async (signal) => toDiskUsage(await abortable(measure(), signal)),
  };
}
