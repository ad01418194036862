import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { EngineEvent } from '../../src/domain/engine-event.ts';
import { type EngineTap, tapEngine } from '../bench/engine-tap.ts';
import { engineRequest } from '../support/engine-api.ts';
import { testScope } from '../support/scope.ts';
import { type TestServer, testServer } from '../support/server.ts';
import { eventsOf, jsonOf, messagesOf, take } from '../support/streams.ts';
import { engines } from '../support/testbed.ts';
import { waitFor } from '../support/wait-for.ts';

const SSE = { headers: { Accept: 'text/event-stream' } };
const NDJSON = { headers: { Accept: 'application/x-ndjson' } };
const QUIET = { HostConfig: { NetworkMode: 'none' } };

const actions = (events: readonly EngineEvent[]) => events.map(({ action }) => action);

describe.each(engines())('events of Engine $name', (engine) => {
  let tap: EngineTap;
  let server: TestServer;
  beforeAll(async () => {
    tap = await tapEngine(engine.socketPath);
    server = await testServer({ engineSocket: tap.socketPath });
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await tap[Symbol.asyncDispose]();
  });

  it('come as they happen, over a WebSocket, as server-sent events and as lines, filtered', async () => {
    await using scope = await testScope(engine);
    const label = `label=fairlead.test.scope=${scope.prefix}`;
    const query = `/events?type=container&event=create&event=start&event=die&${label}`;
    await using socket = await messagesOf<EngineEvent>(server.socket(query));
    const sse = eventsOf(await server.call(query, SSE));
    const ndjson = jsonOf<EngineEvent>(await server.call(query, NDJSON));
    const { id, name } = await scope.runContainer('one', QUIET);
    await engineRequest(engine.socketPath, 'POST', `/containers/${id}/kill`);
    expect(actions(await socket.received(3))).toEqual(['create', 'start', 'die']);
    expect(socket.messages[1]).toMatchObject({
      type: 'container',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]{8}\.\d{9}Z$/),
      timeNano: expect.stringMatching(/^\d{19}$/),
      actor: { id, attributes: expect.objectContaining({ name, image: 'busybox:latest' }) },
      scope: 'local',
    });
    expect(await take(ndjson, 3)).toEqual(socket.messages);
    const events = await take(sse, 3);
    expect(events.map(({ id: place, data }) => [place, JSON.parse(data)])).toEqual(
      socket.messages.map((event) => [event.timeNano, event]),
    );
  });

  it('are taken from one stream for all who want the same', async () => {
    const before = tap.open(/\/events/);
    const query = '/events?container=nobody-has-this-name';
    {
      await using a = await messagesOf(server.socket(`${query}&type=container`));
      await using b = await messagesOf(
        server.socket(`/events?type=container&container=nobody-has-this-name`),
      );
      await waitFor(() => tap.open(/\/events/) === before + 1, { what: 'one more stream' });
      expect([a.messages, b.messages]).toEqual([[], []]);
    }
    await waitFor(() => tap.open(/\/events/) === before, { what: 'the stream to end' });
  });

  it('are replayed since a time, up to a time, and after the last that a client has seen', async () => {
    await using scope = await testScope(engine);
    const { id } = await scope.runContainer('one', QUIET);
    await engineRequest(engine.socketPath, 'POST', `/containers/${id}/kill`);
    await waitFor(
      async () =>
        JSON.parse(String((await engineRequest(engine.socketPath, 'GET', `/containers/${id}/json`)).body))
          .State.Status === 'exited',
      { what: 'its end' },
    );
    const filters = encodeURIComponent(
      JSON.stringify({ container: [id], event: ['create', 'start', 'die'] }),
    );
    const past = async (query: string, headers = {}) => {
      const response = await server.call(`/events?filters=${filters}&${query}`, {
        headers: { ...NDJSON.headers, ...headers },
      });
      expect(response.status).toBe(200);
      const events: EngineEvent[] = [];
      for await (const event of jsonOf<EngineEvent>(response)) events.push(event);
      return events;
    };
    const all = await past('since=1m&until=0s');
    expect(actions(all)).toEqual(['create', 'start', 'die']);
    expect(actions(await past(`since=${all[1]?.time}&until=${all[1]?.time}`))).toEqual(['start']);
    const resumed = await past('until=0s', { 'Last-Event-ID': all[0]?.timeNano });
    expect(actions(resumed)).toEqual(['start', 'die']);
    await using socket = await messagesOf<EngineEvent>(
      server.socket(`/events?filters=${filters}&since=1m&until=0s`),
    );
    expect(await socket.closed).toMatchObject({ code: 1000 });
    expect(socket.messages).toEqual(all);
  });

  it('of other stacks are not shown to a token that is narrowed', async () => {
    await using scope = await testScope(engine);
    const { token } = await server.makeToken({ name: 'narrow', role: 'viewer', stacks: [scope.prefix] });
    const query = `/events?event=create&label=fairlead.test.scope=${scope.prefix}`;
    await using narrow = await messagesOf<EngineEvent>(server.socket(query, { token }));
    await using all = await messagesOf<EngineEvent>(server.socket(query));
    await scope.createContainer('other');
    const own = await scope.createContainer('own', {
      Labels: { 'com.docker.compose.project': scope.prefix },
    });
    await all.received(2);
    expect((await narrow.received(1)).map(({ actor }) => actor.id)).toEqual([own.id]);
    await using stack = await messagesOf<EngineEvent>(
      server.socket(`/events?stack=${scope.prefix}&since=1m`),
    );
    expect((await stack.received(1)).map(({ actor }) => actor.id)).toContain(own.id);
  });

  it('are refused for filters and times that make no sense, for another host, and without a token', async () => {
    const refused = async (query: string, token: string | null = server.tokens.viewer) => {
      const response = await server.call(`/events?${query}`, { token });
      return [response.status, ((await response.json()) as { code: string }).code];
    };
    expect(await refused('filters=nonsense')).toEqual([400, 'VALIDATION_FAILED']);
    expect(await refused('filters={"colour":["red"]}')).toEqual([400, 'VALIDATION_FAILED']);
    expect(await refused('since=yesterday')).toEqual([400, 'VALIDATION_FAILED']);
    expect(await refused('colour=red')).toEqual([400, 'VALIDATION_FAILED']);
    expect(await refused('host=nowhere')).toEqual([404, 'HOST_NOT_FOUND']);
    expect(await refused('', null)).toEqual([401, 'UNAUTHENTICATED']);
    expect((await server.call('/events', { headers: { Accept: 'text/html' } })).status).toBe(406);
  });
});
