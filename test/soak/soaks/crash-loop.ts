import { randomInt, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { apiClient, type HttpClient } from '../../bench/clients/http.ts';
import { type ServerProcess, startServer } from '../../support/server-process.ts';
import { mainEngine } from '../../support/testbed.ts';
import { must, type Soak } from '../soak.ts';

const WRITERS = 4;

interface Page {
  readonly items: readonly { readonly id: string; readonly requestId?: string }[];
  readonly nextCursor: string | null;
}

/** A token whose making was answered with 201, by the request that made it. */
type Acknowledged = Map<string, string>;

export const crashLoop: Soak = {
  name: 'crash-loop',
  async run({ short }) {
    const crashes = short ? 2 : 10;
    const dataDir = await mkdtemp(join(tmpdir(), 'fairlead-crash-'));
    const acknowledged: Acknowledged = new Map();
    const options = { engineSocket: mainEngine().socketPath, dataDir };
    try {
      let adminToken: string | undefined;
      let slowest = 0;
      for (let crash = 0; crash < crashes; crash += 1) {
        await using server = await startServer({ ...options, ...(adminToken ? { adminToken } : {}) });
        adminToken = server.adminToken;
        if (crash > 0) slowest = Math.max(slowest, server.readyMs);
        await mustHold(server, acknowledged);
        await crashWhileWriting(server, acknowledged);
      }
      await using server = await startServer({ ...options, ...(adminToken ? { adminToken } : {}) });
      await mustHold(server, acknowledged);
      must((await server.end('SIGTERM')).code === 0, 'The server did not end well after the last crash');
      return `${crashes} times SIGKILL during writes: ${acknowledged.size} acknowledged tokens and their audit events all there, ready again after at most ${slowest.toFixed(0)} ms`;
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
  },
};

/** Makes tokens as fast as it goes, and kills the server in the middle. */
async function crashWhileWriting(server: ServerProcess, acknowledged: Acknowledged): Promise<void> {
  const before = acknowledged.size;
  let alive = true;
  const writer = async () => {
    while (alive) {
      const requestId = randomUUID();
      const id = await makeToken(server, requestId);
      if (id !== undefined) acknowledged.set(id, requestId);
    }
  };
  const writing = Promise.all(Array.from({ length: WRITERS }, writer));
  await delay(randomInt(300, 1_200));
  const ended = server.end('SIGKILL');
  alive = false;
  await Promise.all([ended, writing]);
  must(acknowledged.size > before, `No token could be made: ${server.output()}`);
}

/** @returns the token's id once it is acknowledged; `undefined` when the server went away before that. */
function makeToken(server: ServerProcess, requestId: string): Promise<string | undefined> {
  const body = Buffer.from(JSON.stringify({ name: `soak-${requestId}`, role: 'viewer' }));
  return new Promise((resolve, reject) => {
    const outgoing = request({
      host: server.host,
      port: server.port,
      method: 'POST',
      path: '/api/v1/docker/tokens',
      headers: {
        authorization: `Bearer ${server.adminToken}`,
        'content-type': 'application/json',
        'content-length': body.length,
        'x-request-id': requestId,
      },
    });
    outgoing.on('error', () => resolve(undefined));
    outgoing.on('response', (incoming) => {
      let text = '';
      incoming.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      incoming.on('error', () => resolve(undefined));
      incoming.on('end', () => {
        if (incoming.statusCode === 201) resolve((JSON.parse(text) as { id: string }).id);
        else reject(new Error(`POST /tokens: ${incoming.statusCode} ${text}`));
      });
    });
    outgoing.end(body);
  });
}

async function mustHold(server: ServerProcess, acknowledged: Acknowledged): Promise<void> {
  const api = apiClient(server);
  try {
    const tokens = new Set((await everything(api, '/tokens')).map((token) => token.id));
    const audited = new Set((await everything(api, '/audit')).map((event) => event.requestId));
    const lost = [...acknowledged].filter(([id]) => !tokens.has(id));
    const untold = [...acknowledged].filter(([, requestId]) => !audited.has(requestId));
    must(lost.length === 0, `${lost.length} of ${acknowledged.size} acknowledged tokens are lost`);
    must(untold.length === 0, `${untold.length} of ${acknowledged.size} audit events are lost`);
  } finally {
    api.close();
  }
}

async function everything(api: HttpClient, path: string): Promise<Page['items']> {
  const items: Page['items'][number][] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const query: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const page: Page = await api.json<Page>('GET', `${path}?limit=500${query}`);
    items.push(...page.items);
    cursor = page.nextCursor;
  }
  return items;
}
