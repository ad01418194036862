import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { watchSocket } from '../../../src/docker/connection/socket-watch.ts';

it('a socket that is watched tells when it is taken away, and nothing when it is used', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'fairlead-watch-'));
  const path = join(folder, 'engine.sock');
  const server = createServer((socket) => socket.end('hello'));
  await new Promise<void>((resolve) => server.listen(path, resolve));
  let signs = 0;
  const end = watchSocket({ kind: 'unix', path }, () => (signs += 1));
  for (let round = 0; round < 20; round += 1) {
    const socket = connect(path);
    socket.resume();
    await new Promise((resolve) => socket.once('close', resolve));
  }
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(signs).toBe(0);
  // Closing it takes the file away, as an Engine's shutdown does.
  await new Promise((resolve) => server.close(resolve));
  await vi.waitFor(() => expect(signs).toBeGreaterThan(0));
  end();
  rmSync(folder, { recursive: true });
});

it('a socket that is not there, and an address that is none, have nothing to tell', () => {
  for (const address of [
    { kind: 'unix', path: '/nowhere/engine.sock' },
    { kind: 'tcp', host: '127.0.0.1', port: 1 },
  ] as const) {
    const end = watchSocket(address, () => undefined);
    expect(end).not.toThrow();
  }
});
