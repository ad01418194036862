import { STACK_LABEL } from '../../domain/access.ts';
import {
  CONTAINER_HEALTHS,
  CONTAINER_STATES,
  type ContainerHealth,
  type ContainerMount,
  type ContainerNetwork,
  type ContainerPort,
  type ContainerState,
  type ContainerSummary,
} from '../../domain/container.ts';
import type { RawInspected, RawListed, RawMount, RawPort, RawState } from './raw-container.ts';

const SERVICE_LABEL = 'com.docker.compose.service';

/**
 * What lists show of a container, from both of the Engine's views of it: the names, the image as it is called now and the ports
 * are only in its list, health, exact times and counts only in its inspection.
 */
export function toSummary(listed: RawListed, inspected: RawInspected): ContainerSummary {
  const labels = listed.Labels ?? {};
  const { State: state } = inspected;
  return {
    id: listed.Id,
    name: withoutSlash(inspected.Name),
    names: (listed.Names ?? []).map(withoutSlash).sort(),
    image: listed.Image,
    imageId: listed.ImageID,
    command: listed.Command,
    createdAt: isoTime(inspected.Created) ?? new Date(listed.Created * 1000).toISOString(),
    state: oneOf(CONTAINER_STATES, state.Status, stateFallback(state)),
    health: healthOf(state),
    exitCode: exitCodeOf(state),
    startedAt: isoTime(state.StartedAt),
    finishedAt: isoTime(state.FinishedAt),
    ports: toPorts(listed.Ports ?? []),
    labels,
    mounts: (inspected.Mounts ?? []).map(toMount).sort((a, b) => compare(a.destination, b.destination)),
    networks: toNetworks(inspected),
    stack: labels[STACK_LABEL] ?? null,
    service: labels[SERVICE_LABEL] ?? null,
    restartCount: inspected.RestartCount ?? null,
    sizes: null,
  };
}

/** As much of an inspection as the list alone gives; nothing of when it ran. */
export function inspectedFrom(listed: RawListed): RawInspected {
  const [, exitCode = '0'] = /^Exited \((\d+)\)/.exec(listed.Status) ?? [];
  const health = healthIn(listed.Status);
  return {
    Id: listed.Id,
    Name: listed.Names?.[0] ?? '',
    Created: new Date(listed.Created * 1000).toISOString(),
    Image: listed.ImageID,
    State: {
      Status: listed.State,
      Running: ['running', 'paused', 'restarting'].includes(listed.State),
      Paused: listed.State === 'paused',
      Pid: 0,
      ExitCode: Number(exitCode),
      StartedAt: '',
      FinishedAt: '',
      ...(health === undefined ? {} : { Health: { Status: health } }),
    },
    Mounts: listed.Mounts ?? [],
    NetworkSettings: listed.NetworkSettings ?? null,
    Config: {},
  };
}

/** Health as the list's prose tells it. */
export function healthIn(status: string): string | undefined {
  return /\((?:health: )?(starting|healthy|unhealthy)\)/.exec(status)?.[1];
}

/** The bytes that a container has written, and those with its image; the Engine leaves out a zero. */
export function sizesOf(raw: RawListed | RawInspected): { readonly rw: number; readonly rootFs: number } {
  return { rw: raw.SizeRw ?? 0, rootFs: raw.SizeRootFs ?? 0 };
}

/** ISO 8601 with milliseconds; `null` for the Engine's way of saying never. */
export function isoTime(time: string | undefined): string | null {
  if (time === undefined || time === '' || time.startsWith('0001-')) return null;
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

/** Sorts as the time does, to the nanosecond: the Engine leaves out trailing zeros. */
export function timeKey(time: string): string {
  const [, seconds = '', fraction = ''] = /^(.{19})(?:\.(\d+))?/.exec(time) ?? [];
  return `${seconds}.${fraction.padEnd(9, '0')}`;
}

export function healthOf(state: RawState): ContainerHealth {
  return oneOf(CONTAINER_HEALTHS, state.Health?.Status ?? 'none', 'none');
}

export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function withoutSlash(name: string): string {
  return name.startsWith('/') ? name.slice(1) : name;
}

function oneOf<T extends string>(values: readonly T[], value: string, fallback: T): T {
  return values.find((one) => one === value) ?? fallback;
}

function stateFallback(state: RawState): ContainerState {
  return state.Running ? 'running' : 'exited';
}

/** One that runs has none yet; one that never ran has one only where its start failed. */
function exitCodeOf(state: RawState): number | null {
  if (state.Running && state.Status !== 'restarting') return null;
  const neverRan = isoTime(state.StartedAt) === null;
  return neverRan && state.ExitCode === 0 ? null : state.ExitCode;
}

function toPorts(ports: readonly RawPort[]): ContainerPort[] {
  return ports
    .map((port) => ({
      ip: port.IP === undefined || port.IP === '' ? null : port.IP,
      privatePort: port.PrivatePort,
      publicPort: port.PublicPort ?? null,
      protocol: oneOf(['tcp', 'udp', 'sctp'], port.Type, 'tcp'),
    }))
    .sort(
      (a, b) =>
        a.privatePort - b.privatePort ||
        compare(a.protocol, b.protocol) ||
        (a.publicPort ?? 0) - (b.publicPort ?? 0) ||
        compare(a.ip ?? '', b.ip ?? ''),
    );
}

function toMount(mount: RawMount): ContainerMount {
  return {
    type: mount.Type ?? 'bind',
    ...(mount.Name === undefined || mount.Name === '' ? {} : { name: mount.Name }),
    source: mount.Source ?? '',
    destination: mount.Destination,
    mode: mount.Mode ?? '',
    readOnly: mount.RW === false,
  };
}

function toNetworks(inspected: RawInspected): ContainerNetwork[] {
  return Object.entries(inspected.NetworkSettings?.Networks ?? {})
    .map(([name, endpoint]) => ({
      name,
      id: endpoint?.NetworkID ?? '',
      ipAddress: endpoint?.IPAddress ?? '',
      ...(endpoint?.Aliases ? { aliases: [...endpoint.Aliases] } : {}),
    }))
    .sort((a, b) => compare(a.name, b.name));
}
