import { type Actor, reachesLabels, STACK_LABEL } from '../../domain/access.ts';
import { type NamedContainer, namedObjects, withContainerIds } from '../../domain/create-references.ts';
import type { EngineCreate, SpelledCreate } from '../../domain/engine-create.ts';
import { type EngineJson, isObject } from '../../domain/engine-json.ts';
import { FairleadError, type FieldError } from '../../domain/errors.ts';
import { type HostPathLimits, volumeRefusal } from '../../domain/host-paths.ts';
import {
  boundByPolicy,
  createViolations,
  type NamedContainerConfig,
  reachRefusals,
} from '../../domain/policy.ts';
import type { ContainerReader } from '../ports/containers.ts';
import type { HostLookup } from '../ports/host-lookup.ts';
import type { NamedObjectReader } from '../ports/named-objects.ts';
import { findContainer } from './reach-container.ts';

export interface CheckCreateDeps {
  readonly containers: HostLookup<Pick<ContainerReader, 'find' | 'raw'>>;
  readonly objects: HostLookup<NamedObjectReader>;
  readonly limits: HostLookup<HostPathLimits>;
}

/** A named object as a violation: where it stands in the body, and its name. */
interface Named {
  readonly path: string;
  readonly name: string;
}

/**
 * Refuses what a create call asks for beyond the rights of the actor, everything at once and before anything is made. The call
 * that comes back is the one to send: the containers whose namespaces or volumes it joins are those that were looked at.
 *
 * @throws FairleadError POLICY_VIOLATION with a pointer into the Engine's body in each of `errors`; FORBIDDEN for a container
 *   outside of the stacks that the token is narrowed to; CONTAINER_NOT_FOUND, ENGINE_OBJECT_NOT_FOUND for what it names
 */
export function checkCreate(deps: CheckCreateDeps) {
  return async (
    actor: Actor,
    host: string,
    request: SpelledCreate,
    signal?: AbortSignal,
  ): Promise<EngineCreate> => {
    assertOwnStack(actor, request.body);
    if (!boundByPolicy(actor)) return request;
    const limits = deps.limits(host);
    const violations: FieldError[] = [...createViolations(request, limits)];
    const named = namedObjects(request.body);
    const volumes: Named[] = [...named.volumes];
    const ids = new Map<string, string>();

    for (const container of named.containers) {
      const seen = await look(deps.containers(host), actor, container, signal);
      if (seen === null) {
        violations.push(beyond(container.path, 'containers', container.ref));
        continue;
      }
      ids.set(container.ref, seen.id);
      for (const message of reachRefusals(container.reach, seen, limits))
        violations.push({ path: container.path, message });
      if (container.reach === 'volumes') {
        volumes.push(...seen.volumes.map((name) => ({ path: container.path, name })));
      }
    }
    const objects = deps.objects(host);
    for (const volume of volumes) {
      violations.push(...(await volumeViolations(objects, actor, volume, limits, signal)));
    }
    if (actor.stacks !== null) {
      for (const network of named.networks) {
        violations.push(...(await networkViolations(objects, actor, network, signal)));
      }
    }
    if (violations.length > 0) throw violation(actor, violations);
    return { ...request, body: withContainerIds(request.body, ids) };
  };
}

/** The labels that an image brings do not count: whoever built it chose them. */
function assertOwnStack(actor: Actor, { Labels }: EngineJson): void {
  const stack = isObject(Labels) ? Labels[STACK_LABEL] : undefined;
  if (reachesLabels(actor, typeof stack === 'string' ? { [STACK_LABEL]: stack } : {})) return;
  throw new FairleadError(
    'FORBIDDEN',
    `The token is narrowed to stacks; the container needs the label ${STACK_LABEL} with one of: ${(actor.stacks ?? []).join(', ')}.`,
  );
}

interface SeenContainer extends NamedContainerConfig {
  readonly id: string;
  /** Names of the volumes that it has. */
  readonly volumes: readonly string[];
}

/** `null` for one beyond the narrowing. */
async function look(
  containers: Pick<ContainerReader, 'find' | 'raw'>,
  actor: Actor,
  { ref }: NamedContainer,
  signal: AbortSignal | undefined,
): Promise<SeenContainer | null> {
  const { id, name, labels } = await findContainer(containers, actor, ref, signal);
  if (!reachesLabels(actor, labels)) return null;
  const { HostConfig, Mounts } = (await containers.raw(id, {}, signal)) as EngineJson;
  const mounts = (Array.isArray(Mounts) ? Mounts : []).filter(isObject);
  return {
    id,
    name,
    hostConfig: isObject(HostConfig) ? HostConfig : {},
    mounts: mounts.map(({ Type, Source }) => ({ type: String(Type), source: String(Source) })),
    volumes: mounts.filter(({ Type }) => Type === 'volume').map(({ Name }) => String(Name)),
  };
}

/** One that is not there yet is none of somebody else. */
async function volumeViolations(
  objects: NamedObjectReader,
  actor: Actor,
  { path, name }: Named,
  limits: HostPathLimits,
  signal: AbortSignal | undefined,
): Promise<FieldError[]> {
  const volume = await objects.findVolume(name, signal);
  if (volume === null) return [];
  const violations = reachesLabels(actor, volume.labels) ? [] : [beyond(path, 'volumes', name)];
  const refusal = volume.driver === 'local' ? volumeRefusal(volume.driver, volume.options, limits) : null;
  return refusal === null
    ? violations
    : [...violations, { path, message: `${refusal} (the volume ${name})` }];
}

async function networkViolations(
  objects: NamedObjectReader,
  actor: Actor,
  { path, name }: Named,
  signal: AbortSignal | undefined,
): Promise<FieldError[]> {
  const network = await objects.findNetwork(name, signal);
  // The Engine would also take the beginning of an id.
  if (network === null) throw new FairleadError('ENGINE_OBJECT_NOT_FOUND', `There is no network "${name}".`);
  return reachesLabels(actor, network.labels) ? [] : [beyond(path, 'networks', name)];
}

function beyond(path: string, what: string, name: string): FieldError {
  return { path, message: `${what} beyond the stacks of the token: ${name}` };
}

function violation(actor: Actor, errors: readonly FieldError[]): FairleadError {
  const whose = actor.role === 'admin' ? 'A narrowed token' : `The role ${actor.role}`;
  const names = [...new Set(errors.map(({ message }) => message))].join('; ');
  return new FairleadError('POLICY_VIOLATION', `${whose} may not ask for: ${names}.`, { errors });
}
