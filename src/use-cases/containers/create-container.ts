import { type Actor, assertHost } from '../../domain/access.ts';
import type { ContainerSpec } from '../../domain/container-spec.ts';
import { toEngineCreate } from '../../domain/engine-create.ts';
import { FairleadError, type FieldError, isFairleadError } from '../../domain/errors.ts';
import { specPath } from '../../domain/spec-path.ts';
import type { ContainerFactory, ContainerLifecycle } from '../ports/containers.ts';
import type { HostLookup } from '../ports/host-lookup.ts';
import type { NamedObjectReader } from '../ports/named-objects.ts';
import { type CheckCreateDeps, checkCreate } from './check-create.ts';

export interface CreateContainerDeps extends CheckCreateDeps {
  readonly factory: HostLookup<ContainerFactory & Pick<ContainerLifecycle, 'start' | 'remove'>>;
}

export interface CreateContainerInput {
  readonly host: string;
  readonly spec: ContainerSpec;
  /** Whether to start it; one that cannot be started is removed again. */
  readonly start: boolean;
}

/**
 * Makes a container, in full or not at all: within the policy, from volumes that exist or were asked for, and running if it was
 * to run.
 *
 * @throws FairleadError POLICY_VIOLATION, FORBIDDEN, VALIDATION_FAILED, IMAGE_NOT_FOUND, NAME_IN_USE, ENGINE_OBJECT_NOT_FOUND,
 *   CONFLICT and ENGINE_REJECTED for one that cannot be started
 */
export function createContainer(deps: CreateContainerDeps) {
  const check = checkCreate(deps);
  return async (
    actor: Actor,
    { host, spec, start }: CreateContainerInput,
    signal?: AbortSignal,
  ): Promise<{ readonly id: string; readonly warnings: readonly string[] }> => {
    assertHost(actor, host);
    const factory = deps.factory(host);
    const request = await inWordsOf(spec, () => check(actor, host, toEngineCreate(spec), signal));
    await assertVolumes(deps.objects(host), spec, signal);
    const created = await factory.create(request, signal);
    if (!start) return created;
    try {
      await factory.start(created.id, signal);
    } catch (error) {
      await takeBack(factory, created.id, error);
      throw error;
    }
    return created;
  };
}

/** Tells violations by where they stand in what the caller sent. */
async function inWordsOf<T>(spec: ContainerSpec, check: () => Promise<T>): Promise<T> {
  try {
    return await check();
  } catch (error) {
    if (!isFairleadError(error, 'POLICY_VIOLATION')) throw error;
    const errors = error.errors.map(({ path, message }) => ({ path: specPath(spec, path), message }));
    throw new FairleadError('POLICY_VIOLATION', error.message, { errors });
  }
}

/** The Engine makes a volume of any name that it does not know. */
async function assertVolumes(
  objects: NamedObjectReader,
  spec: ContainerSpec,
  signal: AbortSignal | undefined,
): Promise<void> {
  const missing: FieldError[] = [];
  for (const [index, mount] of (spec.mounts ?? []).entries()) {
    if (mount.type !== 'volume' || mount.source === undefined || mount.source === '' || mount.create === true)
      continue;
    if ((await objects.findVolume(mount.source, signal)) !== null) continue;
    const message = `there is no volume "${mount.source}"; set create to have it made`;
    missing.push({ path: `body/mounts/${index}/source`, message });
  }
  const [first] = missing;
  if (first !== undefined) {
    throw new FairleadError('ENGINE_OBJECT_NOT_FOUND', `${first.path}: ${first.message}`, {
      errors: missing,
    });
  }
}

/** Also when the caller has gone: then nobody else would. */
async function takeBack(
  factory: Pick<ContainerLifecycle, 'remove'>,
  id: string,
  cause: unknown,
): Promise<void> {
  try {
    await factory.remove(id, { force: true, volumes: true });
  } catch (error) {
    // One that removes itself when it ends may be gone already.
    if (isFairleadError(error, 'CONTAINER_NOT_FOUND')) return;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new FairleadError(
      'ENGINE_ERROR',
      `The container ${id} was not started (${why}), and could not be removed again.`,
      {
        cause: error,
      },
    );
  }
}
