import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { WebSocket } from 'ws';
import { mount } from '../../src/http/mount.ts';
import { type Exchange, type RouteSchema, route } from '../../src/http/route.ts';
import { HostQuery, Strict } from '../../src/http/schemas/common.ts';

/** What the probes do; each may be replaced by a test. */
export interface Probes {
  change(exchange: Exchange<RouteSchema>): Promise<unknown>;
  read(exchange: Exchange<RouteSchema>): Promise<unknown>;
  socket(ws: WebSocket, exchange: Exchange<RouteSchema>): Promise<void>;
}

/** Routes below /probe that use every shared mechanism and need no Engine. */
export function mountProbes(app: FastifyInstance, probes: Partial<Probes> = {}): void {
  const { change, read, socket } = { ...DEFAULTS, ...probes };
  mount(app, 'Probes', [
    route({
      method: 'POST',
      path: '/probe/:id',
      operation: 'containers.start',
      schema: {
        summary: 'Change something',
        params: Strict({ id: Type.String() }),
        querystring: HostQuery({ loud: Type.Optional(Type.Boolean()) }),
        body: Type.Optional(
          Strict({ value: Type.Optional(Type.Integer()), text: Type.Optional(Type.String()) }),
        ),
        response: { 200: Type.Unsafe<unknown>({}) },
      },
      handle: (exchange) => change(exchange as unknown as Exchange<RouteSchema>),
    }),
    route({
      method: 'POST',
      path: '/probe/stream',
      operation: 'containers.archive.write',
      schema: {
        summary: 'Take bytes',
        querystring: HostQuery({}),
        consumes: ['application/x-tar'],
        body: Type.Unsafe<AsyncIterable<Uint8Array>>({
          type: 'string',
          contentMediaType: 'application/x-tar',
        }),
        response: { 200: Type.Unsafe<unknown>({}) },
      },
      handle: (exchange) => change(exchange as unknown as Exchange<RouteSchema>),
    }),
    route({
      method: 'GET',
      path: '/probe/:id',
      operation: 'containers.logs',
      schema: {
        summary: 'Read something, or attach',
        params: Strict({ id: Type.String() }),
        querystring: HostQuery({ tail: Type.Optional(Type.Integer()) }),
        response: { 200: Type.Unsafe<unknown>({}) },
      },
      handle: (exchange) => read(exchange as unknown as Exchange<RouteSchema>),
      socket: {
        summary: 'Attach',
        subprotocols: ['v5.channel.k8s.io'],
        handle: (ws, exchange) => socket(ws, exchange as unknown as Exchange<RouteSchema>),
      },
    }),
    route({
      method: 'GET',
      path: '/probe/:id/terminal',
      operation: 'containers.terminal',
      schema: {
        summary: 'A terminal',
        params: Strict({ id: Type.String() }),
        querystring: HostQuery({}),
        response: {},
      },
      socket: {
        summary: 'A terminal',
        handle: (ws, exchange) => socket(ws, exchange as unknown as Exchange<RouteSchema>),
      },
    }),
  ]);
}

const DEFAULTS: Probes = {
  change: async () => ({ changed: true }),
  read: async () => ({ read: true }),
  socket: (ws, { signal }) =>
    new Promise((resolve) => {
      ws.on('message', (data) => ws.send(data));
      signal.addEventListener('abort', () => resolve(), { once: true });
    }),
};
