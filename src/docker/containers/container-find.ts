import type { ContainerSummary } from '../../domain/container.ts';
import { FairleadError } from '../../domain/errors.ts';
import { abortable } from '../connection/abortable.ts';
import { reference } from '../connection/reference.ts';
import type { ContainerSource } from './container-source.ts';
import type { ContainerSnapshot } from './snapshot.ts';

export type FindContainer = (ref: string, signal?: AbortSignal) => Promise<ContainerSummary>;

/** Candidates that an error names. */
const MAX_NAMED = 10;

/** Finds containers as the Engine does: a full id goes before a name, a name before the beginning of an id. */
export function createFind(snapshot: ContainerSnapshot, source: ContainerSource): FindContainer {
  return async (ref, signal) => {
    const wanted = reference(ref);
    const known = lookUp(await snapshot.all(signal), wanted);
    if (known !== undefined) return known;
    // Made a moment ago, perhaps; if not, the Engine says in its own words that there is none.
    const { Id: id } = await source.inspect(wanted, false, signal);
    await abortable(snapshot.refresh(id), signal);
    const found = (await snapshot.all(signal)).find((one) => one.id === id);
    if (found === undefined) throw new FairleadError('CONTAINER_NOT_FOUND', `No such container: ${wanted}`);
    return found;
  };
}

function lookUp(containers: readonly ContainerSummary[], wanted: string): ContainerSummary | undefined {
  const exact =
    containers.find((one) => one.id === wanted) ?? containers.find((one) => one.names.includes(wanted));
  if (exact !== undefined || !/^[0-9a-f]{1,63}$/.test(wanted)) return exact;
  const fitting = containers.filter((one) => one.id.startsWith(wanted));
  if (fitting.length < 2) return fitting[0];
  const named = fitting.slice(0, MAX_NAMED).map(({ id, name }) => `${name} (${id.slice(0, 12)})`);
  const more = fitting.length > MAX_NAMED ? ` and ${fitting.length - MAX_NAMED} more` : '';
  throw new FairleadError(
    'AMBIGUOUS_REFERENCE',
    `"${wanted}" fits multiple containers: ${named.join(', ')}${more}.`,
  );
}
