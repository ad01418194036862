import type { EngineCreate } from '../../domain/engine-create.ts';
import { type EngineJson, isObject } from '../../domain/engine-json.ts';
import type { ContainerFactory } from '../../use-cases/ports/containers.ts';
import { bodyJson } from '../connection/body.ts';
import type { EngineLink } from '../connection/link.ts';
import { older } from '../connection/version.ts';

export interface CreateDeps {
  readonly link: EngineLink;
  /** Resolves when lists show the container as it is now. */
  readonly shown: (id: string) => Promise<void>;
  readonly remove: (id: string) => Promise<void>;
}

/** The first API that connects a new container to more than one network. */
const MANY_NETWORKS = '1.44';
const CREATE_DEADLINE_MS = 120_000;

interface Connection {
  readonly network: string;
  readonly endpoint: unknown;
}

/** Makes containers. Not through dockerode, which puts the body into the URL too and drops the Engine's warnings. */
export function createFactory({ link, shown, remove }: CreateDeps): ContainerFactory {
  async function create(name: string | undefined, platform: string | undefined, body: EngineJson) {
    const response = await link.transport.open({
      method: 'POST',
      path: '/containers/create',
      query: { name, platform },
      json: body,
      subject: { type: 'image', ref: String(body['Image']) },
      deadlineMs: CREATE_DEADLINE_MS,
    });
    const answer = await bodyJson(response, { where: link.where });
    const { Id, Warnings } = isObject(answer) ? answer : {};
    return { id: String(Id), warnings: Array.isArray(Warnings) ? Warnings.map(String) : [] };
  }

  async function connect(container: string, { network, endpoint }: Connection): Promise<void> {
    const response = await link.transport.open({
      method: 'POST',
      path: `/networks/${encodeURIComponent(network)}/connect`,
      json: { Container: container, EndpointConfig: endpoint },
      subject: { type: 'network', ref: network },
    });
    response.body.resume();
  }

  return {
    async create(request, signal) {
      signal?.throwIfAborted();
      const { apiVersion } = await link.greeting(signal);
      const { body, later } = older(apiVersion, MANY_NETWORKS)
        ? oneNetwork(request)
        : { body: request.body, later: [] };
      // Not with the signal: a call that is broken off may have made a container that nobody knows of.
      const made = await create(request.name, request.platform, body);
      try {
        for (const connection of later) await connect(made.id, connection);
        signal?.throwIfAborted();
      } catch (error) {
        await remove(made.id);
        throw error;
      }
      await shown(made.id);
      return made;
    },
  };
}

/** Leaves in the body the network that the container is of by its mode, and takes out all others. */
function oneNetwork({ body }: EngineCreate): {
  readonly body: EngineJson;
  readonly later: readonly Connection[];
} {
  const networking = body['NetworkingConfig'];
  const endpoints = isObject(networking) ? networking['EndpointsConfig'] : undefined;
  if (!isObject(endpoints) || Object.keys(endpoints).length < 2) return { body, later: [] };
  const host = body['HostConfig'];
  const mode = isObject(host) ? String(host['NetworkMode']) : '';
  const first = Object.hasOwn(endpoints, mode) ? mode : String(Object.keys(endpoints)[0]);
  const later = Object.entries(endpoints)
    .filter(([network]) => network !== first)
    .map(([network, endpoint]) => ({ network, endpoint: endpoint ?? {} }));
  const config = { ...(networking as EngineJson), EndpointsConfig: { [first]: endpoints[first] } };
  return { body: { ...body, NetworkingConfig: config }, later };
}
