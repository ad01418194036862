import type { BenchCase } from './case.ts';
import { byteExact } from './cases/byte-exact.ts';
import { execEcho, execEchoTty } from './cases/exec-echo.ts';
import { execFirstOutput } from './cases/exec-first-output.ts';
import { idleMemoryEmbedded, idleMemoryPostgres } from './cases/idle-memory.ts';
import { listManyClients } from './cases/list-many-clients.ts';
import { listAskingEngine, listOneClient } from './cases/list-one-client.ts';
import { logsFollow } from './cases/logs-follow.ts';
import { stalledViewer } from './cases/stalled-viewer.ts';
import { startToReadyEmbedded, startToReadyPostgres } from './cases/start-to-ready.ts';
import { statsHost } from './cases/stats-host.ts';
import { statsViewers } from './cases/stats-viewers.ts';
import { terminalBytes } from './cases/terminal-bytes.ts';

/** In the order of the table. The one that starts the 200 containers of the others comes last. */
export const CASES: readonly BenchCase[] = [
  listOneClient,
  listAskingEngine,
  listManyClients,
  execEcho,
  execEchoTty,
  execFirstOutput,
  terminalBytes,
  byteExact,
  logsFollow,
  statsViewers,
  stalledViewer,
  idleMemoryPostgres,
  idleMemoryEmbedded,
  startToReadyPostgres,
  startToReadyEmbedded,
  statsHost,
];
