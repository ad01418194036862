import { Readable } from 'node:stream';
import { Type } from 'typebox';
import { ASCIICAST_TYPE } from '../../use-cases/terminals/asciicast.ts';
import type { Processes } from '../../use-cases/terminals/processes.ts';
import { toEnv, toSize } from '../presenters/exec.ts';
import { type Route, route } from '../route.ts';
import { ListOf } from '../schemas/common.ts';
import { ContainerParams } from '../schemas/containers.ts';
import { Bytes, FRAMES } from '../schemas/exec.ts';
import {
  JoinTerminalQuery,
  OpenTerminalQuery,
  TerminalListQuery,
  TerminalParams,
  TerminalQuery,
  TerminalSchema,
} from '../schemas/terminals.ts';
import { CHANNEL_PROTOCOLS } from '../sockets/channel-framing.ts';
import { serveProcess } from '../sockets/process-socket.ts';
import { noteEnd } from './exec.ts';

export type TerminalRouteDeps = Pick<
  Processes,
  'openTerminal' | 'joinTerminal' | 'listTerminals' | 'getTerminal' | 'endTerminal' | 'readRecording'
>;

/** Terminals, which outlive the connections of their viewers. */
export function terminalRoutes(deps: TerminalRouteDeps): readonly Route[] {
  return [openTerminal(deps), listTerminals(deps), terminal(deps), endTerminal(deps), readRecording(deps)];
}

const openTerminal = ({ openTerminal }: TerminalRouteDeps) =>
  route({
    method: 'GET',
    path: '/containers/:id/terminal',
    operation: 'containers.terminal',
    schema: {
      summary: 'Open a terminal in a container',
      description: 'Makes a process and attaches to it in one step.',
      params: ContainerParams,
      querystring: OpenTerminalQuery,
      response: {},
    },
    errors: [
      'CONTAINER_NOT_RUNNING',
      'CONTAINER_PAUSED',
      'NO_SHELL',
      'POLICY_VIOLATION',
      'TERMINAL_LIMIT_REACHED',
      'CONFLICT',
    ],
    socket: {
      summary: 'A new terminal',
      description: `${FRAMES}\n\nWhen the socket closes before the process has ended, the process waits for somebody to come back to \`/terminals/{id}\`; after a while (30 s unless the server is told otherwise), or at once with \`resumable=false\`, it is ended.`,
      subprotocols: CHANNEL_PROTOCOLS,
      sends: Bytes,
      receives: Bytes,
      handle: async (ws, exchange) => {
        const { actor, params, query } = exchange;
        const input = {
          host: query.host ?? 'local',
          container: params.id,
          terminalId: query.terminalId,
          cmd: query.cmd,
          tty: query.tty ?? true,
          env: toEnv(query.env ?? []),
          user: query.user,
          workingDir: query.workingDir,
          privileged: query.privileged ?? false,
          size: toSize(query),
          resumable: query.resumable ?? true,
          recording: query.recording ?? false,
        };
        noteEnd(exchange, await serveProcess(ws, exchange, (viewer) => openTerminal(actor, input, viewer)));
      },
    },
  });

const listTerminals = ({ listTerminals }: TerminalRouteDeps) =>
  route({
    method: 'GET',
    path: '/terminals',
    operation: 'terminals.list',
    schema: {
      summary: 'List terminals',
      description: 'Newest first; with those that ended within the last 15 minutes, 32 at most.',
      querystring: TerminalListQuery,
      response: { 200: ListOf(TerminalSchema, { title: 'TerminalList' }) },
    },
    samples: ['curl -fsS -H "Authorization: Bearer $TOKEN" "$FAIRLEAD/api/v1/docker/terminals"'],
    handle: async ({ actor, query: { host = 'local', container, status } }) => ({
      items: listTerminals(actor, { host, container, status }),
      nextCursor: null,
    }),
  });

const terminal = ({ getTerminal, joinTerminal }: TerminalRouteDeps) =>
  route({
    method: 'GET',
    path: '/terminals/:id',
    operation: 'terminals.attach',
    schema: {
      summary: 'Show a terminal; as a WebSocket, attach to it',
      params: TerminalParams,
      querystring: JoinTerminalQuery,
      response: { 200: TerminalSchema },
    },
    errors: ['TERMINAL_NOT_FOUND', 'POLICY_VIOLATION'],
    samples: ['curl -fsS -H "Authorization: Bearer $TOKEN" "$FAIRLEAD/api/v1/docker/terminals/$TERMINAL_ID"'],
    handle: ({ actor, params, query: { host = 'local' } }) => getTerminal(actor, { host, id: params.id }),
    socket: {
      summary: 'Input and output of a terminal',
      description: `${FRAMES}\n\nFirst comes its last output, 1 MiB at most. Several viewers may be attached; what any of them types is input, and the newest size counts. One that falls 4 MiB behind the others is closed with 1013 and may come back.`,
      subprotocols: CHANNEL_PROTOCOLS,
      sends: Bytes,
      receives: Bytes,
      handle: async (ws, exchange) => {
        const { actor, params, query } = exchange;
        const target = { host: query.host ?? 'local', id: params.id, size: toSize(query) };
        noteEnd(exchange, await serveProcess(ws, exchange, (viewer) => joinTerminal(actor, target, viewer)));
      },
    },
  });

const endTerminal = ({ endTerminal }: TerminalRouteDeps) =>
  route({
    method: 'DELETE',
    path: '/terminals/:id',
    operation: 'terminals.end',
    schema: {
      summary: 'End a terminal',
      description: 'Its process is ended with all that it began, and its recording removed.',
      params: TerminalParams,
      querystring: TerminalQuery,
      response: { 204: { description: 'It is gone.' } },
    },
    errors: ['TERMINAL_NOT_FOUND', 'POLICY_VIOLATION'],
    samples: [
      'curl -fsS -X DELETE -H "Authorization: Bearer $TOKEN" "$FAIRLEAD/api/v1/docker/terminals/$TERMINAL_ID"',
    ],
    handle: async ({ actor, params, query: { host = 'local' } }) => {
      await endTerminal(actor, { host, id: params.id });
    },
  });

const readRecording = ({ readRecording }: TerminalRouteDeps) =>
  route({
    method: 'GET',
    path: '/terminals/:id/recording',
    operation: 'terminals.recording',
    schema: {
      summary: 'Read the recording of a terminal',
      description:
        'As asciicast v2, as far as it has come. The terminal has to be opened with `recording=true`.',
      params: TerminalParams,
      querystring: TerminalQuery,
      response: {
        200: {
          description: 'One JSON value a line.',
          content: { [ASCIICAST_TYPE]: { schema: Type.String() } },
        },
      },
    },
    errors: ['TERMINAL_NOT_FOUND', 'CONFLICT', 'POLICY_VIOLATION'],
    samples: [
      'curl -fsS -H "Authorization: Bearer $TOKEN" "$FAIRLEAD/api/v1/docker/terminals/$TERMINAL_ID/recording"',
    ],
    handle: async ({ actor, params, query: { host = 'local' }, reply }) => {
      const recording = await readRecording(actor, { host, id: params.id });
      return reply.type(ASCIICAST_TYPE).send(Readable.from(recording));
    },
  });
