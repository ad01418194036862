import type { ContainerSpec } from './container-spec.ts';

/** Members of a specification by the place where the Engine has them. */
const PLACES: Readonly<Record<string, keyof ContainerSpec>> = {
  '/HostConfig/Privileged': 'privileged',
  '/HostConfig/PidMode': 'pidMode',
  '/HostConfig/IpcMode': 'ipcMode',
  '/HostConfig/UTSMode': 'utsMode',
  '/HostConfig/UsernsMode': 'usernsMode',
  '/HostConfig/CgroupParent': 'cgroupParent',
  '/HostConfig/Mounts': 'mounts',
  '/HostConfig/CapAdd': 'capAdd',
  '/HostConfig/Devices': 'devices',
  '/HostConfig/SecurityOpt': 'securityOpt',
  '/HostConfig/Sysctls': 'sysctls',
};

/**
 * Where in a request body the member stands that a pointer into the Engine's body means: `body/privileged` for
 * `/HostConfig/Privileged`, or `body/engine/HostConfig/Privileged` when it came in the Engine's words.
 */
export function specPath(spec: ContainerSpec, pointer: string): string {
  const [, top = '', member = '', ...rest] = pointer.split('/');
  if (top === 'NetworkingConfig' && spec.networks !== undefined) return 'body/networks';
  if (member === 'NetworkMode') {
    if (spec.networkMode !== undefined) return 'body/networkMode';
    if (spec.networks !== undefined) return 'body/networks/0/network';
  }
  if (member === 'LogConfig' && spec.logging !== undefined) {
    const [, ...option] = rest;
    return ['body/logging', ...(rest[0] === 'Config' ? ['options', ...option] : rest)].join('/');
  }
  const place = PLACES[`/${top}/${member}`];
  if (place === undefined || spec[place] === undefined) return `body/engine${pointer}`;
  return ['body', place, ...rest].join('/');
}
