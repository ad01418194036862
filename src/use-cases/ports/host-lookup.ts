/**
 * What a use case needs of the Engine of a host, by the host's name.
 *
 * @throws FairleadError HOST_NOT_FOUND
 */
export type HostLookup<T> = (host: string) => T;
