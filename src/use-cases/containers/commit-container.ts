import type { Actor } from '../../domain/access.ts';
import { FairleadError } from '../../domain/errors.ts';
import {
  formatImageReference,
  type ImageReference,
  parseImageReference,
} from '../../domain/image-reference.ts';
import type { CommitOptions, ContainerCommitter } from '../ports/containers.ts';
import type { HostLookup } from '../ports/host-lookup.ts';
import { type ReachContainerDeps, withContainer } from './reach-container.ts';

export interface CommitContainerDeps extends ReachContainerDeps {
  readonly committer: HostLookup<ContainerCommitter>;
}

export interface CommitContainerInput {
  readonly host: string;
  readonly ref: string;
  readonly options: CommitOptions;
}

export interface CommittedImage {
  readonly imageId: string;
  /** The name that it got, tag and all; `null` when none was asked for. */
  readonly reference: string | null;
}

/**
 * Makes an image of a container that the actor reaches.
 *
 * @throws FairleadError as `reachContainer`, VALIDATION_FAILED for a name that no image can have, ENGINE_REJECTED for `changes`
 */
export function commitContainer(deps: CommitContainerDeps) {
  const at = withContainer(deps);
  return async (
    actor: Actor,
    { host, ref, options }: CommitContainerInput,
    signal?: AbortSignal,
  ): Promise<CommittedImage> => {
    const name = nameOf(options);
    const named = { ...options, ...(name === null ? {} : inParts(name)) };
    const { imageId } = await at(
      actor,
      { host, ref },
      ({ id }) => deps.committer(host).commit(id, named, signal),
      signal,
    );
    return { imageId, reference: name === null ? null : formatImageReference(name) };
  };
}

function inParts({ registry, path, tag }: ImageReference): { repository: string; tag: string } {
  return { repository: registry === null ? path : `${registry}/${path}`, tag: tag ?? 'latest' };
}

function nameOf({ repository, tag }: CommitOptions): ImageReference | null {
  if (repository === undefined || repository === '') {
    if (tag === undefined) return null;
    throw invalid('body/tag', 'needs a repository');
  }
  const name = parseImageReference(repository, 'body/repository');
  if (name.digest !== null) throw invalid('body/repository', 'an image that is made has no digest yet');
  if (tag === undefined) return name;
  if (name.tag !== null) throw invalid('body/tag', 'the repository has a tag already');
  return parseImageReference(`${repository}:${tag}`, 'body/tag');
}

function invalid(path: string, message: string): FairleadError {
  return new FairleadError('VALIDATION_FAILED', `${path}: ${message}`, { errors: [{ path, message }] });
}
