import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { type RawData, WebSocket, WebSocketServer } from 'ws';
import { jsonText } from '../../src/http/streams/json-text.ts';
import { textFrames } from '../../src/http/streams/text-frames.ts';

/** What a WebSocket client makes of bytes that a server writes past its own library, between two messages of that. */
async function received(frames: Buffer, count: number): Promise<string[]> {
  const http = createServer();
  const server = new WebSocketServer({ server: http, perMessageDeflate: false });
  server.on('connection', (ws, { socket }: { socket: Socket }) => {
    ws.send('before');
    socket.write(frames);
    ws.send('after');
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const client = new WebSocket(`ws://127.0.0.1:${(http.address() as AddressInfo).port}`);
  try {
    const messages: string[] = [];
    await new Promise<void>((resolve, reject) => {
      client.on('error', reject);
      client.on('message', (data: RawData, binary) => {
        messages.push(binary ? 'binary' : (data as Buffer).toString());
        if (messages.length === count + 2) resolve();
      });
    });
    expect([messages[0], messages.at(-1)]).toEqual(['before', 'after']);
    return messages.slice(1, -1);
  } finally {
    client.close();
    await once(client, 'close');
    server.close();
    http.close();
  }
}

describe('frames of messages', () => {
  it('reach a client as one text message a line, whatever its length', async () => {
    const lengths = [1, 2, 125, 126, 127, 65_535, 65_536, 200_000];
    const lines = lengths.map((length) => 'x'.repeat(length));
    expect(await received(textFrames(Buffer.from(`${lines.join('\n')}\n`)), lines.length)).toEqual(lines);
  });

  it('keep what is no ASCII, and line ends within a text, as they are', async () => {
    const items = [{ line: 'größe\n☃' }, { line: '' }, { line: '\u2028 "quoted"' }];
    const messages = await received(jsonText(items).frames, items.length);
    expect(messages.map((message) => JSON.parse(message) as unknown)).toEqual(items);
  });

  it('are made once for an item, and do not show on it', () => {
    const item = { line: 'one' };
    expect(jsonText(item).frames).toBe(jsonText(item).frames);
    expect(Object.keys(item)).toEqual(['line']);
    expect({ ...item }).toEqual({ line: 'one' });
    expect(JSON.stringify(item)).toBe('{"line":"one"}');
  });

  it('are nothing for nothing', () => {
    expect(textFrames(Buffer.alloc(0)).byteLength).toBe(0);
  });
});
