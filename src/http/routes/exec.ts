import { FairleadError } from '../../domain/errors.ts';
import type { SessionEnd } from '../../use-cases/exec/session.ts';
import type { Processes } from '../../use-cases/terminals/processes.ts';
import { accepts } from '../accepts.ts';
import { toExecSpec, toSize } from '../presenters/exec.ts';
import { type Exchange, type Route, type RouteSchema, route } from '../route.ts';
import { ContainerParams } from '../schemas/containers.ts';
import {
  AttachQuery,
  Bytes,
  CreatedExecSchema,
  CreateExecBody,
  DEFAULT_OUTPUT_BYTES,
  ExecInfoSchema,
  ExecParams,
  ExecQuery,
  ExecResultSchema,
  ExecSocketQuery,
  FRAMES,
  ResizeQuery,
  StartExecBody,
} from '../schemas/exec.ts';
import { CHANNEL_PROTOCOLS } from '../sockets/channel-framing.ts';
import { serveProcess } from '../sockets/process-socket.ts';
import { outputBody } from '../streams/multiplexed-output.ts';

export type ExecRouteDeps = Pick<
  Processes,
  'createExec' | 'inspectExec' | 'runExec' | 'runDetached' | 'attachExec' | 'resizeExec' | 'attachContainer'
>;

/** Processes that are run in containers, and the containers' own. */
export function execRoutes(deps: ExecRouteDeps): readonly Route[] {
  return [
    createExec(deps),
    inspectExec(deps),
    startExec(deps),
    attachExec(deps),
    resizeExec(deps, 'POST'),
    resizeExec(deps, 'GET'),
    attachContainer(deps),
  ];
}

const OCTETS = 'application/octet-stream';
const JSON_TYPE = 'application/json';
const START_ERRORS = [
  'CONTAINER_NOT_FOUND',
  'CONTAINER_NOT_RUNNING',
  'CONTAINER_PAUSED',
  'EXEC_NOT_FOUND',
  'EXEC_NOT_RUNNING',
  'INVALID_REFERENCE',
  'POLICY_VIOLATION',
] as const;

const createExec = ({ createExec }: ExecRouteDeps) =>
  route({
    method: 'POST',
    path: '/containers/:id/exec',
    operation: 'containers.exec.create',
    schema: {
      summary: 'Make a process for a running container',
      description:
        'It does not run yet: start it over HTTP or over a WebSocket. It carries the variable `FAIRLEAD_EXEC`, by which it and all that it begins are found when it has to be ended.',
      params: ContainerParams,
      querystring: ExecQuery,
      body: CreateExecBody,
      response: { 201: CreatedExecSchema },
    },
    errors: ['CONTAINER_NOT_RUNNING', 'CONTAINER_PAUSED', 'POLICY_VIOLATION'],
    samples: [
      'curl -fsS -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" -d \'{"cmd":["uname","-a"]}\' "$FAIRLEAD/api/v1/docker/containers/demo/exec"',
    ],
    handle: async ({ actor, params, query, body, signal, note }) => {
      const spec = toExecSpec(body);
      const { execId } = await createExec(actor, { host: hostOf(query), container: params.id, spec }, signal);
      note({ details: { execId, program: spec.cmd[0] ?? '', privileged: spec.privileged } });
      return { execId };
    },
  });

const inspectExec = ({ inspectExec }: ExecRouteDeps) =>
  route({
    method: 'GET',
    path: '/exec/:execId',
    operation: 'containers.exec.inspect',
    schema: {
      summary: 'Show a process and how it ended',
      description: 'The Engine forgets it some minutes after its end.',
      params: ExecParams,
      querystring: ExecQuery,
      response: { 200: ExecInfoSchema },
    },
    errors: ['EXEC_NOT_FOUND', 'CONTAINER_NOT_FOUND', 'INVALID_REFERENCE'],
    samples: ['curl -fsS -H "Authorization: Bearer $TOKEN" "$FAIRLEAD/api/v1/docker/exec/$EXEC_ID"'],
    handle: async ({ actor, params, query, signal }) => {
      const { mark: _, ...info } = await inspectExec(
        actor,
        { host: hostOf(query), execId: params.execId },
        signal,
      );
      return info;
    },
  });

const startExec = ({ runExec, runDetached, attachExec, inspectExec }: ExecRouteDeps) =>
  route({
    method: 'POST',
    path: '/exec/:execId/start',
    operation: 'containers.exec.start',
    schema: {
      summary: 'Run a process and read what it writes',
      description: [
        'Answers when it has ended. If the caller goes away before that, or `timeoutSeconds` pass, the process is ended, with all that it began; the problem `EXEC_TIMEOUT` carries what it wrote until then.',
        `With \`Accept: ${OCTETS}\` the output comes as it is written, in the multiplexed stream of the Engine (8 bytes before each frame: channel, three zeros, length), or as it is where the process has a terminal. \`GET /exec/{execId}\` has the exit code afterwards.`,
      ].join('\n\n'),
      params: ExecParams,
      querystring: ExecQuery,
      body: StartExecBody,
      response: {
        200: {
          description: 'It has ended.',
          content: { [JSON_TYPE]: { schema: ExecResultSchema }, [OCTETS]: { schema: Bytes } },
        },
        204: { description: 'It runs on its own.' },
      },
    },
    errors: [...START_ERRORS, 'EXEC_TIMEOUT', 'CONFLICT', 'NOT_ACCEPTABLE'],
    samples: [
      'curl -fsS -H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json" -d \'{"timeoutSeconds":30}\' "$FAIRLEAD/api/v1/docker/exec/$EXEC_ID/start"',
    ],
    handle: async ({ actor, params, query, body, signal, request, reply, note }) => {
      const target = { host: hostOf(query), execId: params.execId };
      const { detach = false, timeoutSeconds, input, maxOutputBytes = DEFAULT_OUTPUT_BYTES } = body ?? {};
      if (detach) {
        await runDetached(actor, target, signal);
        reply.code(204);
        return undefined;
      }
      if (accepts(request, [JSON_TYPE, OCTETS]) === JSON_TYPE) {
        const options = { ...target, input, timeoutSeconds, maxOutputBytes, size: toSize(body ?? {}) };
        const result = await runExec(actor, options, signal);
        note({ details: { exitCode: result.exitCode } });
        return result;
      }
      if (input !== undefined) throw noInput();
      const { tty } = await inspectExec(actor, target, signal);
      const output = await outputBody({
        multiplexed: !tty,
        open: (viewer) =>
          attachExec(actor, { ...target, timeoutSeconds, size: toSize(body ?? {}) }, viewer, signal),
      });
      signal.addEventListener('abort', () => output.destroy(), { once: true });
      return reply.type(OCTETS).send(output);
    },
  });

const attachExec = ({ attachExec }: ExecRouteDeps) =>
  route({
    method: 'GET',
    path: '/exec/:execId/start',
    operation: 'containers.exec.start',
    operationId: 'containersExecAttach',
    schema: {
      summary: 'Run a process with a WebSocket as its input and output',
      params: ExecParams,
      querystring: ExecSocketQuery,
      response: {},
    },
    errors: START_ERRORS,
    socket: {
      summary: 'Input and output of a process',
      description: `${FRAMES}\n\nWhen the socket closes before the process has ended, the process is ended.`,
      subprotocols: CHANNEL_PROTOCOLS,
      sends: Bytes,
      receives: Bytes,
      handle: async (ws, exchange) => {
        const { actor, params, query } = exchange;
        const target = { host: hostOf(query), execId: params.execId, size: toSize(query) };
        noteEnd(exchange, await serveProcess(ws, exchange, (viewer) => attachExec(actor, target, viewer)));
      },
    },
  });

const resizeExec = ({ resizeExec }: ExecRouteDeps, method: 'GET' | 'POST') =>
  route({
    method,
    path: '/exec/:execId/resize',
    operation: 'containers.exec.resize',
    operationId: method === 'POST' ? 'containersExecResize' : 'containersExecResizeByGet',
    schema: {
      summary: 'Give the terminal of a process another size',
      ...(method === 'GET' ? { description: 'As `POST`, for clients that can only follow links.' } : {}),
      params: ExecParams,
      querystring: ResizeQuery,
      response: { 204: { description: 'It has this size.' } },
    },
    errors: ['EXEC_NOT_FOUND', 'EXEC_NOT_RUNNING', 'CONFLICT', 'POLICY_VIOLATION', 'INVALID_REFERENCE'],
    idempotent: false,
    samples: [
      `curl -fsS -X ${method} -H "Authorization: Bearer $TOKEN" "$FAIRLEAD/api/v1/docker/exec/$EXEC_ID/resize?rows=40&cols=120"`,
    ],
    handle: async ({ actor, params, query, signal }) => {
      const { rows, cols } = query;
      await resizeExec(actor, { host: hostOf(query), execId: params.execId, size: { rows, cols } }, signal);
    },
  });

const attachContainer = ({ attachContainer }: ExecRouteDeps) =>
  route({
    method: 'GET',
    path: '/containers/:id/attach',
    operation: 'containers.attach',
    schema: {
      summary: 'Attach to the own process of a container',
      params: ContainerParams,
      querystring: AttachQuery,
      response: {},
    },
    errors: ['CONTAINER_NOT_RUNNING'],
    socket: {
      summary: 'Input and output of the own process of a container',
      description: `${FRAMES}\n\nInput reaches it if the container was made with \`openStdin\`; its end is passed on if it was made with \`stdinOnce\` and without a terminal. Closing the socket ends nothing.`,
      subprotocols: CHANNEL_PROTOCOLS,
      sends: Bytes,
      receives: Bytes,
      handle: async (ws, exchange) => {
        const { actor, params, query } = exchange;
        const target = { host: hostOf(query), container: params.id, replay: query.logs ?? false };
        noteEnd(
          exchange,
          await serveProcess(ws, exchange, (viewer) => attachContainer(actor, target, viewer)),
        );
      },
    },
  });

/** Tells the audit trail how a process ended that a socket was attached to. */
export function noteEnd({ note }: Pick<Exchange<RouteSchema>, 'note'>, end: SessionEnd | null): void {
  if (end === null) note({ details: { ended: 'by the connection' } });
  else if (end.kind === 'exited') note({ details: { exitCode: end.exitCode } });
  else note({ details: { ended: end.kind === 'failed' ? end.error.code : end.kind } });
}

function hostOf({ host = 'local' }: { readonly host?: string }): string {
  return host;
}

function noInput(): FairleadError {
  const message = `cannot be sent when the answer is ${OCTETS}; use the WebSocket`;
  return new FairleadError('VALIDATION_FAILED', `input ${message}.`, {
    errors: [{ path: 'body/input', message }],
  });
}
