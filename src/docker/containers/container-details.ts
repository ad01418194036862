import {
  type ContainerDetails,
  type ContainerResources,
  type ContainerSummary,
  RESTART_POLICIES,
} from '../../domain/container.ts';
import { isoTime, sizesOf } from './container-summary.ts';
import type { RawInspected } from './raw-container.ts';

/** All that the Engine tells of a container, in this API's words. */
export function toDetails(summary: ContainerSummary, raw: RawInspected, withSize: boolean): ContainerDetails {
  const { Config: config, State: state } = raw;
  const host = raw.HostConfig ?? {};
  return {
    ...summary,
    sizes: withSize ? sizesOf(raw) : null,
    pid: state.Pid > 0 ? state.Pid : null,
    error: state.Error === undefined || state.Error === '' ? null : state.Error,
    oomKilled: state.OOMKilled ?? false,
    entrypoint: config.Entrypoint ?? [],
    cmd: config.Cmd ?? [],
    env: toEnv(config.Env ?? []),
    workingDir: config.WorkingDir ?? '',
    user: config.User ?? '',
    hostname: config.Hostname ?? '',
    tty: config.Tty ?? false,
    openStdin: config.OpenStdin ?? false,
    stopSignal: config.StopSignal === undefined || config.StopSignal === '' ? null : config.StopSignal,
    stopTimeoutSeconds: config.StopTimeout ?? null,
    restartPolicy: {
      name: RESTART_POLICIES.find((name) => name === host.RestartPolicy?.Name) ?? 'no',
      maximumRetryCount: host.RestartPolicy?.MaximumRetryCount ?? 0,
    },
    autoRemove: host.AutoRemove ?? false,
    privileged: host.Privileged ?? false,
    readOnlyRootfs: host.ReadonlyRootfs ?? false,
    init: host.Init ?? false,
    capAdd: host.CapAdd ?? [],
    capDrop: host.CapDrop ?? [],
    networkMode: host.NetworkMode ?? '',
    logDriver: host.LogConfig?.Type ?? '',
    platform: raw.Platform ?? '',
    resources: toResources(host),
    healthLog: (state.Health?.Log ?? []).map((probe) => ({
      startedAt: isoTime(probe.Start) ?? '',
      finishedAt: isoTime(probe.End) ?? '',
      exitCode: probe.ExitCode,
      output: probe.Output,
    })),
  };
}

function toEnv(lines: readonly string[]): Record<string, string> {
  const env = lines.map((line) => {
    const at = line.indexOf('=');
    return at < 0 ? ([line, ''] as const) : ([line.slice(0, at), line.slice(at + 1)] as const);
  });
  return Object.fromEntries(env);
}

function toResources(host: NonNullable<RawInspected['HostConfig']>): ContainerResources {
  const cpus = cpusOf(host);
  return {
    ...(host.Memory ? { memoryBytes: host.Memory } : {}),
    ...(host.MemoryReservation ? { memoryReservationBytes: host.MemoryReservation } : {}),
    ...(host.MemorySwap ? { memorySwapBytes: host.MemorySwap } : {}),
    ...(cpus === null ? {} : { cpus }),
    ...(host.CpuShares ? { cpuShares: host.CpuShares } : {}),
    ...(host.CpusetCpus ? { cpusetCpus: host.CpusetCpus } : {}),
    ...(host.PidsLimit ? { pidsLimit: host.PidsLimit } : {}),
  };
}

function cpusOf({
  NanoCpus: nano = 0,
  CpuQuota: quota = 0,
  CpuPeriod: period = 0,
}: NonNullable<RawInspected['HostConfig']>): number | null {
  if (nano > 0) return nano / 1e9;
  // The Engine's own period where only a quota is set.
  return quota > 0 ? quota / (period || 100_000) : null;
}
