import type { Actor } from '../../domain/access.ts';
import { FairleadError } from '../../domain/errors.ts';
import {
  formatImageReference,
  type ImageReference,
  parseImageReference,
} from '../../domain/image-reference.ts';
import type { CommitOptions, ContainerCommitter } from '../ports/containers.ts';
import type { HostLookup } from '../ports/host-lookup.ts';
import { type ReachContainerDeps, reachContainer } from './reach-container.ts';

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
  const reach = reachContainer(deps);
  return async (
    actor: Actor,
    { host, ref, options }: CommitContainerInput,
    signal?: AbortSignal,
  ): Promise<CommittedImage> => {
    const name = nameOf(options);
    const { id } = await reach(actor, host, ref, signal);
    const committer = deps.committer(host);
    if (name === null) return { ...(await committer.commit(id, options, signal)), reference: null };
    const { registry, path, tag } = name;
    const repository = registry === null ? path : `${registry}/${path}`;
    const { imageId } = await committer.commit(id, { ...options, repository, tag: tag ?? 'latest' }, signal);
    return { imageId, reference: formatImageReference(name) };
  };
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
