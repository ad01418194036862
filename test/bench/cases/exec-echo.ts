import { type BenchContext, benchCase, type Measurement } from '../case.ts';
import { type BytePipe, hijackPipe, nextBytes } from '../clients/byte-pipe.ts';
import { type ExecOptions, rawExec } from '../clients/hijack.ts';
import { apiClient } from '../clients/http.ts';
import { apiExec } from '../clients/socket.ts';
import { alternate, grouped, median, pairedRatio, quantile, spread, timed } from '../statistics.ts';

const BLOCK = 50;
const BLOCKS = 40;
/** A 99th percentile needs more samples than a turn has; one of all would be that of the machine's worst moment. */
const BLOCKS_OF_P99 = 5;
const TARGETS = {
  p50: { op: '<=', limit: 2.3, unit: 'x' },
  p99: { op: '<=', limit: 4, unit: 'x' },
} as const;

export const execEcho = benchCase({
  name: 'exec-echo',
  path: 'echo of one byte through an exec WebSocket (`cat`)',
  against: 'raw hijacked exec',
  targets: TARGETS,
  run: (context) => measureEcho(context, { cmd: ['sh', '-c', 'echo ready; exec cat'], tty: false }),
});

export const execEchoTty = benchCase({
  name: 'exec-echo-tty',
  path: 'the same with a terminal',
  against: 'raw hijacked exec',
  targets: TARGETS,
  // In its usual mode a terminal echoes by itself and hands on whole lines only.
  run: (context) =>
    measureEcho(context, { cmd: ['sh', '-c', 'stty raw -echo; echo ready; exec cat'], tty: true }),
});

async function measureEcho(
  context: BenchContext,
  exec: ExecOptions,
): Promise<Measurement<keyof typeof TARGETS>> {
  const server = await context.server();
  const { id } = await context.shellContainer();
  const api = apiClient(server);
  const ours = await apiExec(server, api, id, exec);
  const theirs = hijackPipe(await rawExec(context.engine.socketPath, id, exec));
  try {
    await Promise.all([nextBytes(ours), nextBytes(theirs)]);
    const block = (pipe: BytePipe) => () => timed(BLOCK, () => roundTrip(pipe));
    const pairs = await alternate({ rounds: BLOCKS, warmUp: 10 }, block(ours), block(theirs));
    const all = { ours: pairs.ours.flat(), theirs: pairs.theirs.flat() };
    return {
      checks: {
        p50: pairedRatio(pairs, median),
        p99: pairedRatio(grouped(pairs, BLOCKS_OF_P99), (samples) => quantile(samples, 0.99)),
      },
      figures: { server: spread(all.ours, 'ms'), 'raw hijack': spread(all.theirs, 'ms') },
    };
  } finally {
    ours.destroy();
    theirs.destroy();
    api.close();
  }
}

async function roundTrip(pipe: BytePipe): Promise<void> {
  const back = nextBytes(pipe);
  pipe.write(Buffer.of(0x78));
  await back;
}
