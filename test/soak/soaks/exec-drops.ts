import { once } from 'node:events';
import { type BytePipe, nextBytes } from '../../bench/clients/byte-pipe.ts';
import { apiClient, type HttpClient } from '../../bench/clients/http.ts';
import { apiExec, apiSocket, apiTerminal } from '../../bench/clients/socket.ts';
import { inParallel, withoutNetwork } from '../../bench/context.ts';
import { startPrivateEngine } from '../../support/private-engine.ts';
import { testScope } from '../../support/scope.ts';
import { type ServerProcess, startServer } from '../../support/server-process.ts';
import { mustBeGone, residue } from '../residue.ts';
import type { Soak } from '../soak.ts';

/** One round: opens an exec and vanishes. */
type Drop = (server: ServerProcess, api: HttpClient, containerId: string) => Promise<void>;

const SHELL = { cmd: ['sh'], tty: true };
const SLEEP = { cmd: ['sleep', '5000'], tty: false };
const FLOOD = { cmd: ['yes'], tty: false };

const DROPS: readonly Drop[] = [
  async (server, api, id) => (await apiExec(server, api, id, SLEEP)).destroy(),
  async (server, api, id) => dropAfterOutput(await apiExec(server, api, id, SHELL)),
  async (server, api, id) => dropAfterOutput(await apiExec(server, api, id, FLOOD)),
  async (server, _api, id) => {
    const pipe = await apiTerminal(server, id, SHELL);
    pipe.write(Buffer.from('sleep 5000\n'));
    await dropAfterOutput(pipe);
  },
  // It vanishes while the server is still making its exec.
  async (server, _api, id) => {
    const socket = apiSocket(server, `/containers/${id}/terminal?tty=true&cmd=sh`);
    await once(socket, 'open');
    socket.terminate();
  },
];

async function dropAfterOutput(pipe: BytePipe): Promise<void> {
  await nextBytes(pipe);
  pipe.destroy();
}

export const execDrops: Soak = {
  name: 'exec-drops',
  async run({ short }) {
    const rounds = short ? 40 : 1_000;
    await using engine = await startPrivateEngine();
    await using scope = await testScope(engine);
    const { id: containerId } = await scope.runContainer('target', withoutNetwork(['sleep', '100000']));
    await using server = await startServer({
      engineSocket: engine.socketPath,
      environment: { FAIRLEAD_TERMINAL_GRACE_SECONDS: '1' },
    });
    const api = apiClient(server);
    const watched = { engine, server, containerId };
    const drop = (round: number) => (DROPS[round % DROPS.length] as Drop)(server, api, containerId);
    const play = (count: number) => inParallel(4, [...Array(count).keys()], drop);
    try {
      const untouched = await residue(watched);
      // The first rounds fill pools and caches that stay.
      await play(DROPS.length * 2);
      await mustBeGone(watched, untouched, Number.POSITIVE_INFINITY);
      const before = await residue(watched);
      await play(rounds);
      return `${rounds} execs dropped; ${await mustBeGone(watched, before, short ? 48 : 64)}`;
    } finally {
      api.close();
    }
  },
};
