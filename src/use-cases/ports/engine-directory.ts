/**
 * The hosts by name. A use case asks for as much of an Engine as it needs:
 * `EngineDirectory<{ readonly containers: ContainerReader }>`.
 */
export interface EngineDirectory<E> {
  /** @throws FairleadError HOST_NOT_FOUND */
  get(host: string): E;
  names(): readonly string[];
}
