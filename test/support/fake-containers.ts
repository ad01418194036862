import { randomBytes } from 'node:crypto';
import type { ContainerDetails, ContainerState, ContainerSummary } from '../../src/domain/container.ts';
import { FairleadError } from '../../src/domain/errors.ts';
import type { ContainerLifecycle, ContainerReader } from '../../src/use-cases/ports/containers.ts';

export interface FakeContainer {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly state?: ContainerState;
}

/** Containers in memory, for tests of use cases; the contract suite keeps them true to an Engine's. */
export interface FakeContainers extends ContainerReader, ContainerLifecycle {
  /** @returns the id. */
  add(container: FakeContainer): string;
  /** From now on every call fails as it does when the Engine is gone; `false` puts that right. */
  lose(lost: boolean): void;
}

const RUNNING: readonly ContainerState[] = ['running', 'paused', 'restarting'];

export function createFakeContainers(): FakeContainers {
  let all: readonly ContainerSummary[] = [];
  let lost = false;

  function reach(signal?: AbortSignal): void {
    signal?.throwIfAborted();
    if (lost) throw new FairleadError('ENGINE_UNREACHABLE', 'The Engine at fake: cannot be reached.');
  }

  function found(ref: string): ContainerSummary {
    if (!/^\/?[a-zA-Z0-9][\w.-]*$/.test(ref)) {
      throw new FairleadError('INVALID_REFERENCE', `"${ref}" is neither a name nor an id.`);
    }
    const wanted = ref.replace(/^\//, '');
    const exact = all.find((one) => one.id === wanted) ?? all.find((one) => one.name === wanted);
    if (exact) return exact;
    const [first, ...others] = all.filter((one) => one.id.startsWith(wanted));
    if (first === undefined) throw new FairleadError('CONTAINER_NOT_FOUND', `No such container: ${wanted}`);
    if (others.length > 0) throw new FairleadError('AMBIGUOUS_REFERENCE', `multiple IDs found: ${wanted}`);
    return first;
  }

  function change(ref: string, over: Partial<ContainerSummary>): void {
    const { id } = found(ref);
    all = all.map((one) => (one.id === id ? { ...one, ...over } : one));
  }

  function run(ref: string): void {
    change(ref, { state: 'running', startedAt: new Date().toISOString(), exitCode: null });
  }

  function halt(ref: string, exitCode: number): void {
    if (!RUNNING.includes(found(ref).state)) return;
    change(ref, { state: 'exited', exitCode, finishedAt: new Date().toISOString() });
  }

  function running(ref: string): ContainerSummary {
    const container = found(ref);
    if (RUNNING.includes(container.state)) return container;
    throw new FairleadError('CONTAINER_NOT_RUNNING', `Container ${ref} is not running`);
  }

  return {
    add({ name, labels = {}, state = 'created' }) {
      const id = randomBytes(32).toString('hex');
      all = [summary(id, name, labels, state), ...all];
      return id;
    },
    lose(now) {
      lost = now;
    },
    async list({ all: everything = false, limit = 0, filters = {} } = {}, signal) {
      reach(signal);
      const statuses = filters['status'] ?? [];
      const labels = filters['label'] ?? [];
      const kept = all.filter(
        (one) =>
          (everything || limit > 0 || statuses.length > 0 || RUNNING.includes(one.state)) &&
          (statuses.length === 0 || statuses.includes(one.state)) &&
          labels.every((label) => {
            const [key = '', value] = label.split('=', 2);
            return key in one.labels && (value === undefined || one.labels[key] === value);
          }),
      );
      if (kept.length === all.length) return all;
      return limit > 0 ? kept.slice(0, limit) : kept;
    },
    async find(ref, signal) {
      reach(signal);
      return found(ref);
    },
    async get(ref, _options, signal) {
      reach(signal);
      return details(found(ref));
    },
    async raw(ref, _options, signal) {
      reach(signal);
      const { id, name, labels } = found(ref);
      return { Id: id, Name: `/${name}`, Config: { Labels: labels } };
    },
    async top(ref, _psArgs, signal) {
      reach(signal);
      running(ref);
      return { titles: ['PID', 'CMD'], processes: [['1', 'sleep 600']] };
    },
    async changes(ref, signal) {
      reach(signal);
      found(ref);
      return [];
    },
    async start(ref, signal) {
      reach(signal);
      if (found(ref).state === 'paused') {
        throw new FairleadError('CONFLICT', 'cannot start a paused container, try unpause instead');
      }
      if (found(ref).state !== 'running') run(ref);
    },
    async stop(ref, _options, signal) {
      reach(signal);
      halt(ref, 137);
    },
    async restart(ref, _options, signal) {
      reach(signal);
      run(ref);
    },
    async kill(ref, _options, signal) {
      reach(signal);
      running(ref);
      halt(ref, 137);
    },
    async pause(ref, signal) {
      reach(signal);
      running(ref);
      change(ref, { state: 'paused' });
    },
    async unpause(ref, signal) {
      reach(signal);
      running(ref);
      change(ref, { state: 'running' });
    },
    async remove(ref, { force = false } = {}, signal) {
      reach(signal);
      const { id, state } = found(ref);
      if (RUNNING.includes(state) && !force) {
        throw new FairleadError('CONFLICT', `You cannot remove a running container ${id}.`);
      }
      all = all.filter((one) => one.id !== id);
    },
  };
}

function summary(
  id: string,
  name: string,
  labels: Readonly<Record<string, string>>,
  state: ContainerState,
): ContainerSummary {
  const now = new Date().toISOString();
  return {
    id,
    name,
    names: [name],
    image: 'busybox:latest',
    imageId: `sha256:${'0'.repeat(64)}`,
    command: 'sleep 600',
    createdAt: now,
    state,
    health: 'none',
    exitCode: state === 'exited' ? 0 : null,
    startedAt: state === 'created' ? null : now,
    finishedAt: state === 'exited' ? now : null,
    ports: [],
    labels,
    mounts: [],
    networks: [],
    stack: labels['com.docker.compose.project'] ?? null,
    service: labels['com.docker.compose.service'] ?? null,
    restartCount: 0,
    sizes: null,
  };
}

function details(one: ContainerSummary): ContainerDetails {
  return {
    ...one,
    pid: RUNNING.includes(one.state) ? 1 : null,
    error: null,
    oomKilled: false,
    entrypoint: [],
    cmd: ['sleep', '600'],
    env: {},
    workingDir: '',
    user: '',
    hostname: one.id.slice(0, 12),
    tty: false,
    openStdin: false,
    stopSignal: null,
    stopTimeoutSeconds: null,
    restartPolicy: { name: 'no', maximumRetryCount: 0 },
    autoRemove: false,
    privileged: false,
    readOnlyRootfs: false,
    init: false,
    capAdd: [],
    capDrop: [],
    networkMode: 'bridge',
    logDriver: 'json-file',
    platform: 'linux',
    resources: {},
    healthLog: [],
  };
}
