import { isFairleadError } from '../../domain/errors.ts';
import type { NamedObjectReader } from '../../use-cases/ports/named-objects.ts';
import type { EngineLink } from '../connection/link.ts';

/** A name that is safe as one segment of a path, as every name of a volume is. */
const VOLUME_NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/;

/** Looks up volumes and networks by what a create call names them. */
export function createNamedObjects({ call }: EngineLink): NamedObjectReader {
  return {
    async findVolume(name, signal) {
      if (!VOLUME_NAME.test(name)) return null;
      try {
        const volume = await call(
          { type: 'volume', ref: name },
          async (docker, abortSignal) => await docker.getVolume(name).inspect({ abortSignal }),
          { signal },
        );
        // The Engine has null where there are none.
        const { Name, Driver, Options, Labels } = volume as Partial<typeof volume>;
        return { name: Name ?? name, driver: Driver ?? '', options: Options ?? {}, labels: Labels ?? {} };
      } catch (error) {
        if (isFairleadError(error, 'ENGINE_OBJECT_NOT_FOUND')) return null;
        throw error;
      }
    },

    async findNetwork(ref, signal) {
      // By a list, not by its path: the name of a network may hold anything.
      const networks = await call(
        { type: 'network', ref },
        async (docker, abortSignal) => await docker.listNetworks({ abortSignal }),
        { signal },
      );
      const found = networks.find(({ Id }) => Id === ref) ?? networks.find(({ Name }) => Name === ref);
      if (found === undefined) return null;
      return { id: found.Id, name: found.Name, driver: found.Driver, labels: found.Labels ?? {} };
    },
  };
}
