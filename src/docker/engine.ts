import type { EngineHealth } from '../use-cases/ports/engine-health.ts';
import type { AttachClient, ExecClient, ProcessEnder } from '../use-cases/ports/exec.ts';
import type { LogReader } from '../use-cases/ports/logs.ts';
import type { NamedObjectReader } from '../use-cases/ports/named-objects.ts';
import type { ContainerStatsSource, HostStatsSource } from '../use-cases/ports/stats.ts';
import type { EventSource, SystemReader } from '../use-cases/ports/system.ts';
import type { EngineAddress } from './connection/address.ts';
import { openLink } from './connection/link.ts';
import { createMonitor, type MonitorOptions } from './connection/monitor.ts';
import { type EngineCall, observedLink } from './connection/observed-link.ts';
import { watchSocket } from './connection/socket-watch.ts';
import type { SshOptions } from './connection/ssh-tunnel.ts';
import { watchedLink } from './connection/watched-link.ts';
import { createContainerSource } from './containers/container-source.ts';
import { type Containers, createContainers } from './containers/containers.ts';
import { createSnapshot, type SnapshotOptions } from './containers/snapshot.ts';
import { createAttachClient } from './exec/attach.ts';
import { createExecClient } from './exec/exec.ts';
import { createReaper } from './exec/reaper.ts';
import { createLogs } from './logs/logs.ts';
import { createHostStats } from './stats/host-stats.ts';
import { createStats } from './stats/stats.ts';
import { createEventSource } from './system/event-source.ts';
import { createNamedObjects } from './system/named-objects.ts';
import { createSystem } from './system/system.ts';

/** One Engine, by what can be done with it. Each member is one of the ports. */
export interface Engine {
  /** The host's name. */
  readonly name: string;
  /** Its address as told to people. */
  readonly where: string;
  readonly health: EngineHealth;
  readonly system: SystemReader;
  readonly events: EventSource;
  readonly containers: Containers;
  readonly objects: NamedObjectReader;
  readonly execs: ExecClient;
  readonly attaching: AttachClient;
  readonly processes: ProcessEnder;
  readonly logs: LogReader;
  readonly stats: ContainerStatsSource;
  readonly hostStats: HostStatsSource;
  /** Ends all streams and connections. Resolves when nothing is open any more. */
  close(): Promise<void>;
}

export interface EngineOptions extends Omit<MonitorOptions, 'watchSigns'>, SnapshotOptions {
  /** Told of every call to the Engine. */
  readonly onCall?: (call: EngineCall) => void;
  /** For an `ssh://` address. */
  readonly ssh?: SshOptions;
}

/** Begins to watch an Engine at once; whether it can be reached, `health` tells. */
export function openEngine(name: string, address: EngineAddress, options: EngineOptions = {}): Engine {
  const bare = openLink(address, options.ssh);
  const monitor = createMonitor(bare, {
    ...options,
    watchSigns: (onSign) => watchSocket(address, onSign),
  });
  const watched = watchedLink(bare, monitor);
  const link = options.onCall === undefined ? watched : observedLink(watched, options.onCall);
  const source = createContainerSource(link);
  const snapshot = createSnapshot(source, monitor, options);
  const containers = createContainers({ link, monitor, source, snapshot });
  const events = createEventSource(link, monitor);
  const execs = createExecClient(link);
  const logs = createLogs({ link, monitor });
  const stats = createStats({ link, monitor, containers });
  const hostStats = createHostStats({ monitor, containers, stats });

  return {
    name,
    where: bare.where,
    health: monitor,
    system: createSystem(link),
    events,
    containers,
    objects: createNamedObjects(link),
    execs,
    attaching: createAttachClient(link),
    processes: createReaper(link, execs),
    logs,
    stats,
    hostStats,
    async close() {
      snapshot.close();
      // Those that read others end first.
      await hostStats.close();
      await Promise.all([events.close(), logs.close(), stats.close(), monitor.close()]);
      bare.close();
    },
  };
}
