import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { engineJson } from '../support/engine-api.ts';
import type { PrivateEngine } from '../support/private-engine.ts';
import { openFiles, residentMib } from '../support/process-figures.ts';
import type { ServerProcess } from '../support/server-process.ts';
import { waitFor } from '../support/wait-for.ts';
import { must } from './soak.ts';

/** What viewers and execs could leave behind. */
export interface Residue {
  /** Processes in the container. */
  readonly processes: number;
  readonly serverFiles: number;
  readonly serverMib: number;
  readonly engineFiles: number;
}

export interface Watched {
  readonly engine: PrivateEngine;
  readonly server: ServerProcess;
  readonly containerId: string;
}

/** Connections to the Engine are kept for the next call: so many more may be open than before, however many rounds there were. */
const SPARE_FILES = 24;

export async function residue({ engine, server, containerId }: Watched): Promise<Residue> {
  return {
    processes: await processesIn(engine, containerId),
    serverFiles: openFiles(server.pid),
    serverMib: residentMib(server.pid),
    engineFiles: openFiles(enginePid(engine)),
  };
}

/**
 * Waits until what is left is what was there before.
 * @param growthMib by how much the server's memory may have grown.
 * @returns both in words.
 * @throws Error naming what has leaked.
 */
export async function mustBeGone(watched: Watched, before: Residue, growthMib: number): Promise<string> {
  // The Engine lets go of some of its files at its next garbage collection only, which comes within two minutes.
  const settled = await waitFor(
    async () => {
      const now = await residue(watched);
      const gone =
        now.processes <= before.processes &&
        now.serverFiles <= before.serverFiles + SPARE_FILES &&
        now.engineFiles <= before.engineFiles + SPARE_FILES;
      return gone ? now : undefined;
    },
    { what: 'processes and open files to be gone', timeoutMs: 150_000, intervalMs: 250 },
  ).catch(async (error: unknown) => {
    throw new Error(words(before, await residue(watched)), { cause: error });
  });
  const text = words(before, settled);
  must(settled.serverMib - before.serverMib <= growthMib, `The server has grown: ${text}`);
  return text;
}

function words(before: Residue, now: Residue): string {
  const change = (what: string, from: number, to: number) => `${what} ${from.toFixed(0)} -> ${to.toFixed(0)}`;
  return [
    change('processes', before.processes, now.processes),
    change('server files', before.serverFiles, now.serverFiles),
    change('server MiB', before.serverMib, now.serverMib),
    change('dockerd files', before.engineFiles, now.engineFiles),
  ].join(', ');
}

async function processesIn(engine: PrivateEngine, containerId: string): Promise<number> {
  const path = `/containers/${containerId}/top`;
  const { Processes } = await engineJson<{ Processes: unknown[] }>(engine.socketPath, 'GET', path);
  return Processes.length;
}

function enginePid(engine: PrivateEngine): number {
  return Number(readFileSync(join(dirname(engine.socketPath), 'pid'), 'utf8'));
}
