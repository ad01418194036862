import { setInterval } from 'node:timers';
import { cpuSeconds, residentMib } from '../support/process-figures.ts';

/** Memory of a process over a while, in MiB. */
export interface MemoryWatch {
  /** @returns the least, the greatest and the median of what was seen. */
  stop(): { readonly least: number; readonly most: number; readonly middle: number };
}

/** Looks at the resident memory of a process every 50 ms. */
export function watchMemory(pid: number): MemoryWatch {
  const seen = [residentMib(pid)];
  const timer = setInterval(() => seen.push(residentMib(pid)), 50);
  return {
    stop() {
      clearInterval(timer);
      seen.push(residentMib(pid));
      const sorted = seen.toSorted((a, b) => a - b);
      return {
        least: sorted[0] ?? 0,
        most: sorted.at(-1) ?? 0,
        middle: sorted[Math.floor(sorted.length / 2)] ?? 0,
      };
    },
  };
}

/** Share of one core that a process used while `work` ran, in percent. */
export async function cpuPercent(pid: number, work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  const before = cpuSeconds(pid);
  await work();
  return ((cpuSeconds(pid) - before) / ((performance.now() - began) / 1000)) * 100;
}
