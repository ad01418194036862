import type { Grant } from './access.ts';
import type { Reach } from './create-references.ts';
import { type EngineJson, isObject } from './engine-json.ts';
import type { FieldError } from './errors.ts';
import { bindRefusal, type HostPathLimits } from './host-paths.ts';
import { endpoints, HOST_CONFIG_RULES, nothing, type Rule } from './policy-rules.ts';

/*
 * What a role other than admin may not ask an Engine for. Everything is refused that is not known to be harmless: a name that no
 * rule and no shape knows, and a value of another type than the Engine documents.
 */

/**
 * Whether the policy holds for a token. An admin's that is narrowed to stacks or projects is bound too: with a privileged container
 * it would rule the whole host.
 */
export function boundByPolicy(grant: Grant): boolean {
  return grant.role !== 'admin' || grant.stacks !== null || grant.projects !== null;
}

/**
 * Everything that a create call asks for beyond the rights of a role other than admin, each by name; empty when it may be made.
 * Containers that it names (`containersNamedBy`) and volumes that are there already have to be looked at besides.
 *
 * @param body with the Engine's own spelling of all names
 * @param unknown pointers of the names that nobody here knows
 */
export function createViolations(
  { body, unknown }: { readonly body: EngineJson; readonly unknown: readonly string[] },
  limits: HostPathLimits,
): readonly FieldError[] {
  const hostConfig = body['HostConfig'];
  const networking = body['NetworkingConfig'];
  const violations: FieldError[] = unknown.map((path) => ({
    path,
    message: 'names that the policy does not know',
  }));
  const check = (rule: Rule, value: unknown, pointer: string) => {
    for (const { at, message } of rule(value, limits)) violations.push({ path: `${pointer}${at}`, message });
  };
  if (isObject(hostConfig)) {
    for (const [name, rule] of Object.entries(HOST_CONFIG_RULES))
      check(rule, hostConfig[name], `/HostConfig/${name}`);
  } else {
    check(nothing('a host configuration that is no object'), hostConfig, '/HostConfig');
  }
  if (isObject(networking)) {
    check(endpoints, networking['EndpointsConfig'], '/NetworkingConfig/EndpointsConfig');
  } else {
    check(nothing('a network configuration that is no object'), networking, '/NetworkingConfig');
  }
  return violations;
}

/** A container whose namespaces or volumes are asked for, as much of it as matters here. */
export interface NamedContainerConfig {
  readonly name: string;
  /** `HostConfig` of the Engine's own JSON. */
  readonly hostConfig: EngineJson;
  readonly mounts: readonly { readonly type: string; readonly source: string }[];
}

const JOINED_MEMBER = { network: 'NetworkMode', processes: 'PidMode', memory: 'IpcMode' } as const;

/** Why another container may not be reached into like that: what it has of the host would come with it. */
export function reachRefusals(
  reach: Reach,
  { name, hostConfig, mounts }: NamedContainerConfig,
  limits: HostPathLimits,
): readonly string[] {
  switch (reach) {
    case 'network':
    case 'processes':
    case 'memory': {
      const mode = hostConfig[JOINED_MEMBER[reach]];
      const joins = typeof mode === 'string' && (mode === 'host' || mode.startsWith('container:'));
      return joins
        ? [`host namespaces: the container ${name} has its own from the host or from another`]
        : [];
    }
    case 'volumes':
      return mounts
        .filter(({ type }) => type === 'bind')
        .flatMap(({ source }) => bindRefusal(source, limits) ?? [])
        .map((message) => `${message} (from the container ${name})`);
    case 'link':
      return [];
  }
}
