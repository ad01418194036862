import { PassThrough, Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { gather } from '../../src/docker/logs/gather.ts';

const WHERE = { where: 'unix:///nowhere' };

async function all(pieces: AsyncIterable<Buffer>): Promise<string[]> {
  const texts: string[] = [];
  for await (const piece of pieces) texts.push(piece.toString());
  return texts;
}

describe('bytes of an answer that come in small chunks', () => {
  it('are gathered for a moment, and handed on whole at the end', async () => {
    const body = new PassThrough();
    const pieces = gather(body, WHERE, { forMs: 5 });
    const first = pieces.next();
    body.write('a');
    body.write('b');
    expect((await first).value?.toString()).toBe('ab');
    body.write('c');
    body.end('d');
    expect((await all(pieces)).join('')).toBe('cd');
  });

  it('do not wait when they are many, and make the source wait when nobody takes them', async () => {
    let produced = 0;
    const source = new Readable({
      highWaterMark: 10,
      read() {
        produced += 1;
        this.push(produced > 1_000 ? null : Buffer.alloc(10, produced % 256));
      },
    });
    const pieces = gather(source, WHERE, { forMs: 60_000, upTo: 100 });
    expect((await pieces.next()).value?.byteLength).toBe(100);
    expect(produced).toBeLessThan(200);
    let bytes = 100;
    for await (const piece of pieces) bytes += piece.byteLength;
    expect(bytes).toBe(10_000);
  });

  it('end with an error when they are cut off, after all that came before', async () => {
    const body = new PassThrough();
    const pieces = gather(body, WHERE);
    body.write('before');
    body.destroy(Object.assign(new Error('aborted'), { code: 'ECONNRESET' }));
    const texts: string[] = [];
    const read = async () => {
      for await (const piece of pieces) texts.push(piece.toString());
    };
    await expect(read()).rejects.toMatchObject({ code: 'ENGINE_UNREACHABLE' });
  });

  it('end with the reason of the one who gives up', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const body = new PassThrough();
    const pieces = gather(body, { ...WHERE, signal: controller.signal });
    controller.abort(reason);
    body.destroy(new Error('aborted'));
    await expect(pieces.next()).rejects.toBe(reason);
  });

  it('are let go of when they are left', async () => {
    const body = new PassThrough();
    body.write('a');
    for await (const _ of gather(body, WHERE)) break;
    expect(body.destroyed).toBe(true);
  });
});
