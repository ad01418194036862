import { FairleadError } from '../domain/errors.ts';
import type { Engine } from './engine.ts';

/** The Engines that the server knows, by host name. */
export interface Engines {
  /** @throws FairleadError HOST_NOT_FOUND */
  get(host: string): Engine;
  readonly names: readonly string[];
  close(): Promise<void>;
}

/** The host that is meant where none is named. */
export const LOCAL_HOST = 'local';

export function createEngines(engines: readonly Engine[]): Engines {
  const byName = new Map(engines.map((engine) => [engine.name, engine]));
  return {
    get(host) {
      const engine = byName.get(host);
      if (engine === undefined)
        throw new FairleadError('HOST_NOT_FOUND', `There is no host named "${host}".`);
      return engine;
    },
    names: [...byName.keys()],
    async close() {
      await Promise.all(engines.map((engine) => engine.close()));
    },
  };
}
