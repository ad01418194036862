import { residentMib } from '../../support/process-figures.ts';
import { benchCase } from '../case.ts';
import { type BytePipe, hijackPipe } from '../clients/byte-pipe.ts';
import { rawExec } from '../clients/hijack.ts';
import { apiTerminal } from '../clients/socket.ts';
import { alternate, median, pairedRatio } from '../statistics.ts';
import { watchMemory } from '../watch.ts';

const MEGABYTES = 400;
const EXEC = { cmd: ['dd', 'if=/dev/zero', 'bs=100000', `count=${MEGABYTES * 10}`], tty: false };

export const terminalBytes = benchCase({
  name: 'terminal-bytes',
  path: `${MEGABYTES} MB out of a process over its WebSocket`,
  against: 'raw hijack',
  targets: {
    'MB/s': { op: '>=', limit: 0.4, unit: 'x' },
    'more memory meanwhile': { op: '<=', limit: 32, unit: 'MB' },
  },
  run: async (context) => {
    const server = await context.freshServer();
    const { id } = await context.shellContainer();
    const ours = async () => speed(await apiTerminal(server, id, EXEC));
    const theirs = async () => speed(hijackPipe(await rawExec(context.engine.socketPath, id, EXEC)));

    // The first run fills the pools that stay: what matters is whether it goes on growing.
    await ours();
    const before = residentMib(server.pid);
    const memory = watchMemory(server.pid);
    const pairs = await alternate({ rounds: 4 }, ours, theirs);
    const { most } = memory.stop();
    return {
      checks: { 'MB/s': pairedRatio(pairs, (rate) => rate), 'more memory meanwhile': most - before },
      figures: {
        server: [
          { name: 'median', value: median(pairs.ours), unit: 'MB/s' },
          { name: 'memory before', value: before, unit: 'MB' },
          { name: 'most', value: most, unit: 'MB' },
        ],
        'raw hijack': [{ name: 'median', value: median(pairs.theirs), unit: 'MB/s' }],
      },
    };
  },
});

/** MB a second from the first byte to the last. */
async function speed(pipe: BytePipe): Promise<number> {
  let bytes = 0;
  let began = 0;
  let last = 0;
  pipe.listen((chunk) => {
    last = performance.now();
    if (bytes === 0) began = last;
    bytes += chunk.length;
  });
  await pipe.ended;
  // The Engine's 8 byte headers, and what `dd` says at its end, come on top.
  if (bytes < MEGABYTES * 1e6) throw new Error(`${bytes} bytes came instead of ${MEGABYTES} MB`);
  return bytes / 1e6 / ((last - began) / 1000);
}
