import type { StatsDocument } from '../../domain/container-stats.ts';
import { bodyBytes, bodyJson } from '../connection/body.ts';
import type { EngineLink } from '../connection/link.ts';
import { reference } from '../connection/reference.ts';
import { jsonLines } from '../streams/json-lines.ts';

/**
 * The Engine's stats of a container, about one a second, for as long as the container exists: while it does not run they hold
 * nothing.
 *
 * @throws FairleadError CONTAINER_NOT_FOUND, ENGINE_UNREACHABLE
 */
export async function* statsStream(
  link: EngineLink,
  containerId: string,
  signal: AbortSignal,
): AsyncGenerator<StatsDocument, void, undefined> {
  const response = await open(link, containerId, { stream: true }, signal);
  for await (const document of jsonLines(bodyBytes(response, { where: link.where, signal }))) {
    yield document as StatsDocument;
  }
}

/**
 * One reading, without the one before that CPU is told by. An Engine before 25.0 answers at the next tick of its collector, up
 * to a second later.
 *
 * @throws FairleadError CONTAINER_NOT_FOUND, ENGINE_UNREACHABLE
 */
export async function statsOnce(
  link: EngineLink,
  containerId: string,
  signal: AbortSignal,
): Promise<StatsDocument> {
  const response = await open(link, containerId, { stream: false, 'one-shot': true }, signal);
  return (await bodyJson(response, { where: link.where, signal })) as StatsDocument;
}

function open(
  link: EngineLink,
  containerId: string,
  query: Readonly<Record<string, boolean>>,
  signal: AbortSignal,
) {
  const id = reference(containerId);
  return link.transport.open({
    method: 'GET',
    path: `/containers/${id}/stats`,
    query,
    subject: { type: 'container', ref: id },
    signal,
  });
}
