import { type Static, type TProperties, Type } from 'typebox';
import type { ErrorCode } from '../../domain/errors.ts';
import type { ContainerAction } from '../../use-cases/containers/act-on-container.ts';
import type { Containers } from '../../use-cases/containers/containers.ts';
import { type Route, route } from '../route.ts';
import { HostQuery, Strict } from '../schemas/common.ts';
import { KILL_OPTIONS, STOP_OPTIONS, WAIT_OPTIONS } from '../schemas/container-requests.ts';
import { ContainerParams, WaitResultSchema } from '../schemas/containers.ts';

/** Containers: started, stopped and waited for. */
export function containerLifecycleRoutes(containers: Containers): readonly Route[] {
  return [
    verb(containers, {
      verb: 'start',
      summary: 'Start a container',
      done: 'It runs.',
      options: {},
      errors: ['CONFLICT', 'ENGINE_OBJECT_NOT_FOUND'],
      action: () => ({ verb: 'start' }),
    }),
    verb(containers, {
      verb: 'stop',
      summary: 'Stop a container',
      done: 'It does not run.',
      options: STOP_OPTIONS,
      action: (options) => ({ verb: 'stop', options }),
    }),
    verb(containers, {
      verb: 'restart',
      summary: 'Stop a container and start it again',
      done: 'It runs anew.',
      options: STOP_OPTIONS,
      errors: ['CONFLICT'],
      action: (options) => ({ verb: 'restart', options }),
    }),
    verb(containers, {
      verb: 'kill',
      summary: 'Send a signal to a container',
      done: 'The signal was sent.',
      options: KILL_OPTIONS,
      errors: ['CONTAINER_NOT_RUNNING'],
      action: (options) => ({ verb: 'kill', options }),
      example: '?signal=HUP',
    }),
    verb(containers, {
      verb: 'pause',
      summary: 'Freeze the processes of a container',
      done: 'They are frozen.',
      options: {},
      errors: ['CONTAINER_NOT_RUNNING'],
      action: () => ({ verb: 'pause' }),
    }),
    verb(containers, {
      verb: 'unpause',
      summary: 'Let the processes of a container go on',
      done: 'They go on.',
      options: {},
      errors: ['CONTAINER_NOT_RUNNING'],
      action: () => ({ verb: 'unpause' }),
    }),
    wait(containers),
  ];
}

interface Verb<P extends TProperties> {
  readonly verb: Exclude<ContainerAction['verb'], 'remove'>;
  readonly summary: string;
  readonly done: string;
  readonly options: P;
  readonly errors?: readonly ErrorCode[];
  readonly action: (options: Static<ReturnType<typeof Strict<P>>>) => ContainerAction;
  readonly example?: string;
}

function verb<P extends TProperties>(containers: Containers, definition: Verb<P>): Route {
  const { options, action } = definition;
  const hasOptions = Object.keys(options).length > 0;
  const where = hasOptions ? ' Options may stand in the query or in the body.' : '';
  return route({
    method: 'POST',
    path: `/containers/:id/${definition.verb}`,
    operation: `containers.${definition.verb}`,
    schema: {
      summary: definition.summary,
      description: `One that is there already is left as it is.${where}`,
      params: ContainerParams,
      querystring: HostQuery(options),
      body: Type.Optional(Strict(options)),
      response: { 204: { description: definition.done } },
    },
    errors: definition.errors ?? [],
    samples: [
      `curl -fsS -X POST -H "Authorization: Bearer $TOKEN" "$FAIRLEAD/api/v1/docker/containers/demo/${definition.verb}${definition.example ?? ''}"`,
    ],
    handle: async ({ actor, params, query, body, note, signal }) => {
      const { host = 'local', ...inQuery } = query as { readonly host?: string };
      const chosen = { ...inQuery, ...body } as Static<ReturnType<typeof Strict<P>>>;
      const { id, name } = await containers.act(
        actor,
        { host, ref: params.id, action: action(chosen) },
        signal,
      );
      note({ targetId: id, details: { name, ...chosen } });
    },
  });
}

const wait = (containers: Containers) =>
  route({
    method: 'POST',
    path: '/containers/:id/wait',
    operation: 'containers.wait',
    schema: {
      summary: 'Wait for a container to end',
      description:
        'Answers when the condition is met, however long that takes; whoever leaves before ends the waiting. The condition may stand in the query or in the body.',
      params: ContainerParams,
      querystring: HostQuery(WAIT_OPTIONS),
      body: Type.Optional(Strict(WAIT_OPTIONS)),
      response: { 200: WaitResultSchema },
    },
    samples: [
      'curl -fsS -X POST -H "Authorization: Bearer $TOKEN" "$FAIRLEAD/api/v1/docker/containers/demo/wait?condition=not-running"',
    ],
    handle: async ({ actor, params, query, body, signal }) => {
      const { host = 'local' } = query;
      const condition = body?.condition ?? query.condition ?? 'not-running';
      return await containers.wait(actor, { host, ref: params.id, condition }, signal);
    },
  });
