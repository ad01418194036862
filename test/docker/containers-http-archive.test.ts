import { createCipheriv, createHash } from 'node:crypto';
import { request } from 'node:http';
import { PassThrough, Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { extract, pack } from 'tar-stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PathStat } from '../../src/domain/container.ts';
import {
  type Asker,
  type ContainersServer,
  containersServer,
  type Problem,
} from '../support/containers-server.ts';
import { type TestScope, testScope } from '../support/scope.ts';
import { engines } from '../support/testbed.ts';
import { waitFor } from '../support/wait-for.ts';

const MIB = 1024 * 1024;
const TAR = { 'content-type': 'application/x-tar' };

interface Entry {
  readonly name: string;
  readonly content?: string;
  readonly type?: 'file' | 'directory' | 'symlink';
  readonly linkname?: string;
}

/** A small tar in memory. */
async function tarOf(entries: readonly Entry[]): Promise<Buffer> {
  const packed = pack();
  for (const { name, content = '', ...more } of entries) packed.entry({ name, ...more }, content);
  packed.finalize();
  return await buffer(packed);
}

/** So many bytes that no compression helps with, the same each time. */
function* noise(bytes: number): Generator<Buffer> {
  const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16, 7), Buffer.alloc(16));
  const zeros = Buffer.alloc(MIB / 4);
  for (let left = bytes; left > 0; left -= zeros.length)
    yield cipher.update(zeros.subarray(0, Math.min(left, zeros.length)));
}

describe.each(engines())('archives of containers over HTTP on Engine $name', (engine) => {
  let server: ContainersServer;
  let operator: Asker;
  beforeAll(async () => {
    server = await containersServer(engine);
    operator = await server.as({ role: 'operator' });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  const url = (ref: string, path: string, more = '') =>
    `${server.url}/containers/${ref}/archive?path=${encodeURIComponent(path)}${more}`;
  const headers = () => ({ authorization: `Bearer ${operator.token}` });

  const put = (ref: string, path: string, tar: Buffer, more = '') =>
    fetch(url(ref, path, more), {
      method: 'PUT',
      headers: { ...headers(), ...TAR },
      body: new Uint8Array(tar),
    });

  async function refused(response: Response): Promise<Problem> {
    const problem = (await response.json()) as Problem;
    expect(response.status).toBe(problem.status);
    return problem;
  }

  /** The entries of a path, read back. */
  async function get(
    ref: string,
    path: string,
  ): Promise<Map<string, { type: string; content: string; mode: number; uid: number }>> {
    const response = await fetch(url(ref, path), { headers: headers() });
    expect(response.status).toBe(200);
    const reader = extract();
    const read = pipeline(Readable.fromWeb(response.body as never), reader);
    const found = new Map<string, { type: string; content: string; mode: number; uid: number }>();
    for await (const entry of reader) {
      const { name, type, mode, uid } = entry.header;
      const content = await text(entry);
      found.set(name, { type: type ?? '', content, mode, uid });
    }
    await read;
    return found;
  }

  it('takes files in and gives them back, of containers that run and that do not', async () => {
    await using scope = await testScope(engine);
    const containers = [await scope.createContainer(), await scope.runContainer()];
    for (const { name } of containers) {
      const tar = await tarOf([
        { name: 'dir', type: 'directory' },
        { name: 'dir/päß "x".txt', content: 'grüße\n' },
        { name: 'dir/link', type: 'symlink', linkname: '../etc/passwd' },
      ]);
      expect((await put(name, '/tmp', tar)).status).toBe(204);
      const found = await get(name, '/tmp/dir');
      expect([...found.keys()].sort()).toEqual(['dir/', 'dir/link', 'dir/päß "x".txt']);
      expect(found.get('dir/päß "x".txt')).toMatchObject({ type: 'file', content: 'grüße\n' });
      expect(found.get('dir/link')?.type).toBe('symlink');
    }
  });

  it('says what a path is, in a header and by itself', async () => {
    await using scope = await testScope(engine);
    const { name } = await scope.createContainer();
    const odd = 'päß "x";.txt';
    await put(
      name,
      '/tmp',
      await tarOf([
        { name: odd, content: 'abc' },
        { name: 'link', type: 'symlink', linkname: odd },
      ]),
    );
    const response = await fetch(url(name, `/tmp/${odd}`), { headers: headers() });
    await response.arrayBuffer();
    expect(response.headers.get('content-type')).toBe('application/x-tar');
    expect(response.headers.get('content-disposition')).toBe(
      `attachment; filename="p____x__.txt.tar"; filename*=UTF-8''${encodeURIComponent(`${odd}.tar`)}`,
    );
    const stat = JSON.parse(response.headers.get('x-path-stat') ?? '') as PathStat;
    expect(stat).toMatchObject({ name: odd, size: 3, type: 'file', mode: 0o644, linkTarget: null });
    expect(
      await operator.expect(
        200,
        'GET',
        `/containers/${name}/archive?path=/tmp/${encodeURIComponent(odd)}&stat=true`,
      ),
    ).toEqual(stat);
    const link = await operator.expect<PathStat>(
      200,
      'GET',
      `/containers/${name}/archive?path=/tmp/link&stat=true`,
    );
    expect(link).toMatchObject({ type: 'symlink', linkTarget: `/tmp/${odd}` });
    const root = await operator.expect<PathStat>(200, 'GET', `/containers/${name}/archive?path=/&stat=true`);
    expect(root.type).toBe('directory');
  });

  it('keeps a file from taking the place of a folder when asked to', async () => {
    await using scope = await testScope(engine);
    const { name } = await scope.createContainer();
    await put(name, '/tmp', await tarOf([{ name: 'x', type: 'directory' }]));
    const file = await tarOf([{ name: 'x', content: 'a file now' }]);
    const problem = await refused(await put(name, '/tmp', file, '&noOverwriteDirNonDir=true'));
    expect([problem.code, problem.detail]).toEqual([
      'CONFLICT',
      expect.stringMatching(/cannot overwrite directory/),
    ]);
    expect((await put(name, '/tmp', file)).status).toBe(204);
    expect((await get(name, '/tmp/x')).get('x')?.content).toBe('a file now');
  });

  it('says what is missing or stands in the way', async () => {
    await using scope = await testScope(engine);
    const { name } = await scope.createContainer('plain');
    const tar = await tarOf([{ name: 'x', content: 'x' }]);
    const codes = async (response: Response) => {
      const { status, code } = await refused(response);
      return [status, code];
    };
    expect(await codes(await fetch(url(name, '/no/such/path'), { headers: headers() }))).toEqual([
      404,
      'PATH_NOT_FOUND',
    ]);
    expect(await codes(await fetch(url(name, '/no/such', '&stat=true'), { headers: headers() }))).toEqual([
      404,
      'PATH_NOT_FOUND',
    ]);
    expect(await codes(await put(name, '/no/such/path', tar))).toEqual([404, 'PATH_NOT_FOUND']);
    expect(await codes(await put(scope.name('none'), '/tmp', tar))).toEqual([404, 'CONTAINER_NOT_FOUND']);
    expect((await codes(await put(name, '/etc/passwd', tar)))[0]).toBe(400);
    expect((await codes(await put(name, '/tmp', Buffer.from('this is no tar, '.repeat(100)))))[0]).toBe(400);
    expect(
      await codes(await fetch(`${server.url}/containers/${name}/archive`, { headers: headers() })),
    ).toEqual([400, 'VALIDATION_FAILED']);
    const asJson = await fetch(url(name, '/tmp'), {
      method: 'PUT',
      headers: { ...headers(), 'content-type': 'application/json' },
      body: '{}',
    });
    expect(await codes(asJson)).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
    const untyped = await fetch(url(name, '/tmp'), {
      method: 'PUT',
      headers: headers(),
      body: new Uint8Array(tar),
    });
    expect(await codes(untyped)).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
    const readOnly = await scope.runContainer('ro', { HostConfig: { ReadonlyRootfs: true } });
    expect(await codes(await put(readOnly.name, '/tmp', tar))).toEqual([400, 'ENGINE_REJECTED']);
  });

  it('streams 200 MB in and out, byte by byte the same, without holding them', {
    timeout: 120_000,
  }, async () => {
    await using scope = await testScope(engine);
    const { name } = await scope.createContainer();
    const size = 200 * MIB;
    const sent = createHash('sha256');
    let highest = 0;
    const sampling = setInterval(() => {
      highest = Math.max(highest, process.memoryUsage().rss);
    }, 20);
    try {
      await upload(name, '/tmp', 4 * MIB, null);
      const before = process.memoryUsage().rss;
      highest = before;
      expect(await upload(name, '/tmp', size, sent)).toBe(204);
      const received = createHash('sha256');
      const reader = extract();
      reader.on('entry', (_header, stream, next) => {
        stream.on('data', (chunk) => received.update(chunk as Buffer));
        stream.on('end', next);
      });
      const response = await new Promise<Readable>((resolve, reject) => {
        request(url(name, '/tmp/noise'), { headers: headers() }, resolve).on('error', reject).end();
      });
      await pipeline(response, reader);
      expect(received.digest('hex')).toBe(sent.digest('hex'));
      expect((highest - before) / MIB).toBeLessThan(100);
    } finally {
      clearInterval(sampling);
    }
  });

  /** Uploads one file of noise; answers the status. */
  async function upload(
    ref: string,
    path: string,
    size: number,
    hash: ReturnType<typeof createHash> | null,
  ): Promise<number> {
    const packed = pack();
    const entry = packed.entry({ name: 'noise', size });
    const filling = pipeline(
      Readable.from(noise(size)),
      async function* (source: AsyncIterable<Buffer>) {
        for await (const chunk of source) {
          hash?.update(chunk);
          yield chunk;
        }
      },
      entry,
    ).then(() => packed.finalize());
    const status = await new Promise<number>((resolve, reject) => {
      const outgoing = request(
        url(ref, path),
        { method: 'PUT', headers: { ...headers(), ...TAR } },
        (incoming) => {
          incoming.resume();
          resolve(incoming.statusCode ?? 0);
        },
      );
      pipeline(packed, outgoing).catch(reject);
    });
    await filling;
    return status;
  }

  it('is not shaken by clients that leave in the middle', { timeout: 60_000 }, async () => {
    await using scope = await testScope(engine);
    const { name } = await scope.createContainer();
    await upload(name, '/tmp', 20 * MIB, null);
    const connections = () => process.getActiveResourcesInfo().filter((kind) => kind === 'PipeWrap').length;
    const before = connections();
    for (let round = 0; round < 10; round += 1) {
      await leaveUpload(scope, name);
      await leaveDownload(name);
    }
    await waitFor(() => connections() <= before + 2, { what: 'the connections to the Engine to end' });
    expect((await put(name, '/tmp', await tarOf([{ name: 'x', content: 'still here' }]))).status).toBe(204);
    expect((await get(name, '/tmp/x')).get('x')?.content).toBe('still here');
  });

  /** Sends 1 MiB of a tar that says it holds 100. */
  async function leaveUpload(scope: TestScope, ref: string): Promise<void> {
    const packed = pack();
    const entry = packed.entry({ name: scope.name('left'), size: 100 * MIB });
    entry.on('error', () => undefined);
    packed.on('error', () => undefined);
    const body = new PassThrough();
    packed.pipe(body);
    const outgoing = request(url(ref, '/tmp'), { method: 'PUT', headers: { ...headers(), ...TAR } });
    outgoing.on('error', () => undefined);
    const closed = new Promise((resolve) => outgoing.once('close', resolve));
    body.pipe(outgoing);
    await pipeline(Readable.from(noise(MIB)), entry, { end: false });
    outgoing.destroy();
    packed.destroy();
    await closed;
  }

  /** Reads the first chunk of an archive and goes. */
  async function leaveDownload(ref: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const outgoing = request(url(ref, '/tmp/noise'), { headers: headers() }, (incoming) => {
        incoming.on('error', () => undefined);
        incoming.once('data', () => {
          outgoing.destroy();
          resolve();
        });
      });
      outgoing.on('error', reject);
      outgoing.end();
    });
  }

  it('answers a refusal before the whole upload was sent', { timeout: 60_000 }, async () => {
    await using scope = await testScope(engine);
    const { name } = await scope.createContainer();
    let taken = 0;
    const endless = Readable.from(
      (function* () {
        for (;;) {
          taken += MIB / 4;
          yield Buffer.alloc(MIB / 4);
        }
      })(),
    );
    const status = await new Promise<number>((resolve, reject) => {
      const outgoing = request(
        url(name, '/no/such'),
        { method: 'PUT', headers: { ...headers(), ...TAR } },
        (incoming) => {
          resolve(incoming.statusCode ?? 0);
          outgoing.destroy();
        },
      );
      outgoing.on('error', reject);
      endless.pipe(outgoing);
    });
    endless.destroy();
    expect(status).toBe(404);
    expect(taken).toBeLessThan(64 * MIB);
  });
});
