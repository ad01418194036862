import { createHash, randomBytes } from 'node:crypto';
import type { ServerProcess } from '../../support/server-process.ts';
import { benchCase } from '../case.ts';
import { allBytes, nextBytes } from '../clients/byte-pipe.ts';
import { apiTerminal } from '../clients/socket.ts';

const PASTE_BYTES = 1024 * 1024;
const RANDOM_BYTES = 100 * 1000 * 1000;

export const byteExact = benchCase({
  name: 'byte-exact',
  path: '1 MiB pasted into a terminal; 100 MB of random bytes out of a process',
  against: 'sha256',
  targets: { identical: { op: '>=', limit: 3, unit: '' } },
  run: async (context) => {
    const server = await context.server();
    const { id } = await context.shellContainer();
    const began = performance.now();
    const results = [
      await paste(server, id, false),
      await paste(server, id, true),
      await randomOut(server, id),
    ];
    return {
      checks: { identical: results.filter((same) => same).length },
      figures: {
        server: [
          { name: 'pasted without a terminal', value: Number(results[0]), unit: '' },
          { name: 'pasted into a terminal', value: Number(results[1]), unit: '' },
          { name: 'random bytes out', value: Number(results[2]), unit: '' },
          { name: 'took', value: (performance.now() - began) / 1000, unit: 's' },
        ],
      },
    };
  },
});

/** Sends it as one frame, as a browser does with what is pasted. */
async function paste(server: ServerProcess, id: string, tty: boolean): Promise<boolean> {
  const mode = tty ? 'stty raw -echo; ' : '';
  const script = `${mode}echo ready; head -c ${PASTE_BYTES} | sha256sum`;
  const pipe = await apiTerminal(server, id, { cmd: ['sh', '-c', script], tty });
  const bytes = randomBytes(PASTE_BYTES);
  await nextBytes(pipe);
  const rest = allBytes(pipe);
  pipe.write(bytes);
  return (await rest).toString().includes(createHash('sha256').update(bytes).digest('hex'));
}

async function randomOut(server: ServerProcess, id: string): Promise<boolean> {
  const file = '/tmp/random';
  const make = `mkdir -p /tmp; head -c ${RANDOM_BYTES} /dev/urandom > ${file}; sha256sum < ${file}`;
  const made = await allBytes(await apiTerminal(server, id, { cmd: ['sh', '-c', make], tty: false }));
  const hash = createHash('sha256');
  const pipe = await apiTerminal(server, id, { cmd: ['cat', file], tty: false });
  pipe.listen((chunk) => void hash.update(chunk));
  await pipe.ended;
  return made.toString().startsWith(hash.digest('hex'));
}
