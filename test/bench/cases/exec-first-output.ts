import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { benchCase } from '../case.ts';
import { nextBytes } from '../clients/byte-pipe.ts';
import { apiTerminal } from '../clients/socket.ts';
import { alternate, pairedRatio, spread } from '../statistics.ts';

const RUNS = 50;

export const execFirstOutput = benchCase({
  name: 'exec-first-output',
  path: 'exec to first output: connect, make, start, one line',
  against: '`docker exec`',
  targets: { p50: { op: '<=', limit: 0.6, unit: 'x' } },
  run: async (context) => {
    const server = await context.server();
    const { id } = await context.shellContainer();
    const cmd = ['echo', 'x'];

    const throughServer = async () => {
      const began = performance.now();
      const pipe = await apiTerminal(server, id, { cmd, tty: false });
      await nextBytes(pipe);
      const took = performance.now() - began;
      await pipe.ended;
      return took;
    };
    const throughCli = async () => {
      const began = performance.now();
      const child = spawn('docker', ['exec', id, ...cmd], {
        stdio: ['ignore', 'pipe', 'inherit'],
        env: { ...process.env, DOCKER_HOST: `unix://${context.engine.socketPath}` },
      });
      await once(child.stdout, 'data');
      const took = performance.now() - began;
      await once(child, 'close');
      return took;
    };

    const pairs = await alternate({ rounds: RUNS, warmUp: 4 }, throughServer, throughCli);
    return {
      checks: { p50: pairedRatio(pairs, (took) => took) },
      figures: { server: spread(pairs.ours, 'ms'), 'docker CLI': spread(pairs.theirs, 'ms') },
    };
  },
});
