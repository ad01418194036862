import { type EngineJson, isObject } from './engine-json.ts';

/** How a create call reaches into another container. */
export type Reach = 'network' | 'processes' | 'memory' | 'volumes' | 'link';

export interface NamedContainer {
  /** Where it stands in the body. */
  readonly path: string;
  /** Name or id, as it was given. */
  readonly ref: string;
  readonly reach: Reach;
}

export interface NamedObject {
  readonly path: string;
  /** Name or, of a network, an id. */
  readonly name: string;
}

/** Other objects of the Engine that a create call names. */
export interface NamedObjects {
  readonly containers: readonly NamedContainer[];
  readonly volumes: readonly NamedObject[];
  readonly networks: readonly NamedObject[];
}

const NAMESPACES = [
  ['NetworkMode', 'network'],
  ['PidMode', 'processes'],
  ['IpcMode', 'memory'],
] as const;
const JOINED = 'container:';
/** Modes of the network that name none. */
const BUILT_IN_NETWORKS = new Set(['', 'default', 'bridge', 'none', 'host']);

/** Finds what else a create call names. `body` has the Engine's own spelling of all names. */
export function namedObjects(body: EngineJson): NamedObjects {
  const host = objectOf(body['HostConfig']);
  const endpoints = objectOf(objectOf(body['NetworkingConfig'])['EndpointsConfig']);
  const mode = textOf(host['NetworkMode']);
  const networks = Object.keys(endpoints).map((name) => ({
    path: `/NetworkingConfig/EndpointsConfig/${name}`,
    name,
  }));
  if (mode !== '' && !mode.startsWith(JOINED)) networks.push({ path: '/HostConfig/NetworkMode', name: mode });
  return {
    containers: [
      ...NAMESPACES.flatMap(([member, reach]) => {
        const text = textOf(host[member]);
        if (!text.startsWith(JOINED)) return [];
        return [{ path: `/HostConfig/${member}`, ref: text.slice(JOINED.length), reach }];
      }),
      ...beforeColon(host['VolumesFrom'], '/HostConfig/VolumesFrom', 'volumes'),
      ...beforeColon(host['Links'], '/HostConfig/Links', 'link'),
      ...Object.entries(endpoints).flatMap(([name, endpoint]) =>
        beforeColon(objectOf(endpoint)['Links'], `/NetworkingConfig/EndpointsConfig/${name}/Links`, 'link'),
      ),
    ],
    volumes: [...volumesOfBinds(host['Binds']), ...volumesOfMounts(host['Mounts'])],
    networks: networks.filter(({ name }) => !BUILT_IN_NETWORKS.has(name)),
  };
}

/** Names containers by their ids instead, so that they stay those that were looked at. */
export function withContainerIds(body: EngineJson, ids: ReadonlyMap<string, string>): EngineJson {
  const host = objectOf(body['HostConfig']);
  const changed = new Map(Object.entries(host));
  for (const [member] of NAMESPACES) {
    const text = textOf(host[member]);
    const id = text.startsWith(JOINED) ? ids.get(text.slice(JOINED.length)) : undefined;
    if (id !== undefined) changed.set(member, `${JOINED}${id}`);
  }
  if (host['VolumesFrom'] !== undefined) {
    changed.set(
      'VolumesFrom',
      listOf(host['VolumesFrom']).map((item) => {
        const [ref = '', ...mode] = item.split(':');
        return [ids.get(ref) ?? ref, ...mode].join(':');
      }),
    );
  }
  return { ...body, HostConfig: Object.fromEntries(changed) };
}

function beforeColon(value: unknown, path: string, reach: Reach): NamedContainer[] {
  return listOf(value).map((item, index) => ({
    path: `${path}/${index}`,
    ref: item.split(':')[0] ?? '',
    reach,
  }));
}

function volumesOfBinds(binds: unknown): NamedObject[] {
  return listOf(binds).flatMap((bind, index) => {
    const [source = '', target] = bind.split(':');
    if (target === undefined || source === '' || source.startsWith('/')) return [];
    return [{ path: `/HostConfig/Binds/${index}`, name: source }];
  });
}

function volumesOfMounts(mounts: unknown): NamedObject[] {
  if (!Array.isArray(mounts)) return [];
  return mounts.flatMap((mount: unknown, index) => {
    const { Type, Source } = objectOf(mount);
    if (Type !== 'volume' || typeof Source !== 'string' || Source === '') return [];
    return [{ path: `/HostConfig/Mounts/${index}`, name: Source }];
  });
}

function listOf(value: unknown): string[] {
  const items: unknown[] = Array.isArray(value) ? value : [value];
  return items.filter((item) => typeof item === 'string' && item !== '') as string[];
}

function objectOf(value: unknown): EngineJson {
  return isObject(value) ? value : {};
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
