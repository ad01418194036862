import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { EngineAddress } from '../../src/docker/connection/address.ts';
import { bodyJson } from '../../src/docker/connection/body.ts';
import { openLink } from '../../src/docker/connection/link.ts';
import type { SshOptions } from '../../src/docker/connection/ssh-tunnel.ts';
import type { Engine } from '../../src/docker/engine.ts';
import { isFairleadError } from '../../src/domain/errors.ts';
import { openTestEngine } from './open-engine.ts';
import { testScope } from './scope.ts';
import { engines, type TestEngine } from './testbed.ts';

/** A way to an Engine. */
export interface Way {
  readonly address: EngineAddress;
  readonly ssh?: SshOptions;
}

async function readAll(stream: Duplex): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Checks that calls of all kinds work, whatever the way to the Engine is. */
export function worksAll(way: (engine: TestEngine) => Promise<Way>): void {
  describe.each(engines())('to Engine $name', (testEngine) => {
    it('carries JSON calls, streams, uploads and events', async () => {
      await using scope = await testScope(testEngine);
      const { address, ssh } = await way(testEngine);
      await using engine = openTestEngine(address, ssh === undefined ? {} : { ssh });
      expect((await engine.system.version()).version).toBe(testEngine.version);
      const { containers } = engine;
      const { id } = await containers.create({
        name: scope.name('web'),
        body: {
          Image: 'busybox:latest',
          Cmd: ['sleep', '600'],
          Labels: scope.labels,
          HostConfig: { NetworkMode: 'none' },
        },
      });
      await containers.start(id);
      expect((await containers.list()).some((one) => one.id === id)).toBe(true);
      const size = 3 * 1024 * 1024;
      await containers.writeArchive(id, '/tmp', tarOf('blob', randomBytes(size)));
      expect(await containers.statPath(id, '/tmp/blob')).toMatchObject({ size });
      let bytes = 0;
      for await (const chunk of (await containers.readArchive(id, '/tmp/blob')).body)
        bytes += chunk.byteLength;
      expect(bytes).toBeGreaterThan(size);
      await expect(containers.get('no-such-container')).rejects.toMatchObject({
        code: 'CONTAINER_NOT_FOUND',
      });
      const waiting = containers.wait(id, 'not-running');
      await containers.kill(id);
      expect((await waiting).exitCode).toBe(137);
    });

    it('hands connections over, half-closes and drops them', async () => {
      await using scope = await testScope(testEngine);
      const { id } = await scope.runContainer('web', { HostConfig: { NetworkMode: 'none' } });
      const { address, ssh } = await way(testEngine);
      const link = openLink(address, ssh);
      try {
        const exec = async (cmd: string[], signal?: AbortSignal) => {
          const response = await link.transport.open({
            method: 'POST',
            path: `/containers/${id}/exec`,
            json: { Cmd: cmd, AttachStdin: true, AttachStdout: true, AttachStderr: true },
            subject: { type: 'container', ref: id },
          });
          const { Id } = (await bodyJson(response, link)) as { Id: string };
          return await link.transport.hijack({
            method: 'POST',
            path: `/exec/${Id}/start`,
            json: { Detach: false, Tty: false },
            subject: { type: 'exec', ref: Id },
            signal,
          });
        };
        const content = randomBytes(200_000);
        const { socket } = await exec(['md5sum']);
        socket.end(content);
        const expected = execFileSync('md5sum', { input: content }).toString().slice(0, 32);
        expect((await readAll(socket)).toString()).toContain(expected);

        const controller = new AbortController();
        const cat = await exec(['cat'], controller.signal);
        cat.socket.on('error', () => undefined);
        cat.socket.write('echo');
        await new Promise((resolve) => cat.socket.once('data', resolve));
        controller.abort();
        expect(cat.socket.destroyed).toBe(true);
      } finally {
        link.close();
      }
    });
  });
}

/** A tar of one file. */
async function* tarOf(name: string, content: Buffer): AsyncGenerator<Uint8Array> {
  const header = Buffer.alloc(512);
  header.write(name);
  header.write('0000644\0' + '0000000\0' + '0000000\0', 100);
  header.write(`${content.byteLength.toString(8).padStart(11, '0')}\0${'0'.repeat(11)}\0        0`, 124);
  header.write('ustar\0' + '00', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  yield header;
  yield content;
  yield Buffer.alloc((512 - (content.byteLength % 512)) % 512);
  yield Buffer.alloc(1024);
}

/** Tries to reach an Engine: `reached`, or the words by which that was refused. */
export const tried = (engine: Engine): Promise<string> =>
  engine.containers.list().then(
    () => 'reached',
    (error: unknown) => {
      if (!isFairleadError(error, 'ENGINE_UNREACHABLE')) throw error;
      return error.message;
    },
  );
