import { describe, expect, it } from 'vitest';
import { FairleadError } from '../../src/domain/errors.ts';
import { negotiate } from '../../src/http/streams/accept.ts';
import { eventStream } from '../../src/http/streams/event-stream.ts';
import { jsonText } from '../../src/http/streams/json-text.ts';
import { keepAlive } from '../../src/http/streams/keep-alive.ts';
import { ndjson } from '../../src/http/streams/ndjson.ts';
import { readableOf } from '../../src/http/streams/readable.ts';
import { gate } from '../support/gate.ts';

interface Message {
  readonly n: number;
}

async function* each<T>(...items: readonly T[]): AsyncGenerator<T, void, undefined> {
  yield* items;
}

async function* breaking<T>(error: Error, ...items: readonly T[]): AsyncGenerator<T, void, undefined> {
  yield* items;
  throw error;
}

async function text(chunks: AsyncIterable<string | Buffer>): Promise<string> {
  let all = '';
  for await (const chunk of chunks) all += chunk.toString();
  return all;
}

const problemOf = (error: unknown) => ({ detail: error instanceof Error ? error.message : '?' });
const open = { problemOf, signal: new AbortController().signal };
const LOST = new FairleadError('ENGINE_UNREACHABLE', 'gone');

describe('server-sent events', () => {
  it('carry a message each, with an id where it is a place to resume from, and say when it is over', async () => {
    const items = each<Message | readonly Message[]>({ n: 1 }, [{ n: 2 }, { n: 3 }]);
    const idOf = ({ n }: Message) => (n === 2 ? null : `id-${n}`);
    expect(await text(eventStream(items, { ...open, idOf }))).toBe(
      [
        'retry: 2000\n\n',
        'id: id-1\ndata: {"n":1}\n\n',
        'data: {"n":2}\n\n',
        'id: id-3\ndata: {"n":3}\n\n',
        'event: end\ndata: {}\n\n',
      ].join(''),
    );
  });

  it('end with the problem when the source fails', async () => {
    expect(await text(eventStream(breaking(LOST, { n: 1 }), open))).toBe(
      'retry: 2000\n\ndata: {"n":1}\n\nevent: error\ndata: {"detail":"gone"}\n\n',
    );
  });

  it('end with the reason when this side ends them', async () => {
    const signal = AbortSignal.abort(new FairleadError('SHUTTING_DOWN', 'going down'));
    expect(await text(eventStream(each<Message>(), { problemOf, signal }))).toBe(
      'retry: 2000\n\nevent: error\ndata: {"detail":"going down"}\n\n',
    );
  });

  it('hold the line ends of a message together', async () => {
    expect(await text(eventStream(each({ line: 'a\nb\r\u2028' }), open))).toContain(
      'data: {"line":"a\\nb\\r\u2028"}\n\n',
    );
  });

  it('send a comment when nothing has come for a while', async () => {
    const { passed, open: go } = gate();
    async function* slow() {
      await passed;
      yield { n: 1 };
    }
    const chunks = eventStream(slow(), { ...open, heartbeatMs: 5 });
    const came = [(await chunks.next()).value, (await chunks.next()).value, (await chunks.next()).value];
    go();
    expect(came).toEqual(['retry: 2000\n\n', ':\n\n', ':\n\n']);
    expect(await text(chunks)).toContain('data: {"n":1}');
  });
});

describe('lines of JSON', () => {
  it('carry a message each, and break off with the problem', async () => {
    expect(await text(ndjson(breaking(LOST, { n: 1 }, [{ n: 2 }, { n: 3 }], []), open))).toBe(
      '{"n":1}\n{"n":2}\n{"n":3}\n{"error":{"detail":"gone"}}\n',
    );
  });
});

describe('the JSON of an item', () => {
  it('is made once for all it is sent to', () => {
    let reads = 0;
    const item = {
      get n() {
        reads += 1;
        return reads;
      },
    };
    expect(jsonText(item).ndjson).toBe(jsonText(item).ndjson);
    expect(jsonText(item).frames).toBe(jsonText(item).frames);
    expect(jsonText(item).lines).toEqual(['{"n":1}']);
    expect(reads).toBe(1);
  });

  it('of a batch is a message for each element', () => {
    const batch = [{ line: 'größe' }, { line: '' }];
    expect(jsonText(batch).lines).toEqual(['{"line":"größe"}', '{"line":""}']);
    expect(jsonText([]).ndjson.byteLength).toBe(0);
  });
});

describe('a stream that is kept alive', () => {
  it('passes an error on and returns the source when it is left', async () => {
    await expect(text(keepAlive(breaking(LOST, 'a'), 1_000, ''))).rejects.toBe(LOST);
    let returned = false;
    async function* endless() {
      try {
        for (;;) yield 'x';
      } finally {
        returned = true;
      }
    }
    for await (const _ of keepAlive(endless(), 1_000, '')) break;
    expect(returned).toBe(true);
  });
});

describe('an answer as a stream', () => {
  it('begins at once and takes no chunk before there is room', async () => {
    let taken = 0;
    async function* counted() {
      for (; taken < 100; taken += 1) yield 'x';
    }
    const stream = readableOf(counted());
    expect(await new Promise((resolve) => stream.once('readable', () => resolve(stream.read())))).toBe('');
    expect(taken).toBeLessThan(3);
    stream.destroy();
  });

  it('does not look whole when this side has ended it', async () => {
    const signal = AbortSignal.abort(LOST);
    await expect(text(readableOf(each('a'), { signal }))).rejects.toBe(LOST);
    expect(await text(readableOf(each('a')))).toBe('a');
  });

  it('fails as its source does', async () => {
    await expect(text(readableOf(breaking(LOST, 'a')))).rejects.toBe(LOST);
  });
});

describe('what to answer with', () => {
  const OFFERED = ['text/plain', 'application/x-ndjson', 'text/event-stream'] as const;

  it.each([
    [undefined, 'text/plain'],
    ['', 'text/plain'],
    ['*/*', 'text/plain'],
    ['text/event-stream', 'text/event-stream'],
    ['text/*;q=0.5, application/x-ndjson', 'application/x-ndjson'],
    ['text/plain;q=0, text/*', 'text/event-stream'],
    ['application/json, */*;q=0.1', 'text/plain'],
    ['TEXT/EVENT-STREAM; charset=utf-8; q=0.9', 'text/event-stream'],
    ['text/html,application/xhtml+xml,*/*;q=0.8', 'text/plain'],
  ])('is, for Accept: %s, %s', (accept, expected) => {
    expect(negotiate(accept, OFFERED)).toBe(expected);
  });

  it.each(['application/json', 'image/*', '*/*;q=0', 'nonsense'])('is nothing for Accept: %s', (accept) => {
    expect(() => negotiate(accept, OFFERED)).toThrow(expect.objectContaining({ code: 'NOT_ACCEPTABLE' }));
  });
});
