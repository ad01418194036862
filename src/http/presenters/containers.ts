import { createHash } from 'node:crypto';
import { STACK_LABEL } from '../../domain/access.ts';
import type { ContainerSummary, PathStat } from '../../domain/container.ts';
import { type EngineFilters, parseEngineFilters } from '../../domain/engine-filters.ts';

/** A list as it goes out. */
export interface RenderedList {
  readonly body: Buffer;
  readonly etag: string;
}

/** The Engine's list stays one and the same array until something changes: so does what was made of it. */
const rendered = new WeakMap<readonly ContainerSummary[], RenderedList>();

/** The bytes of a list of containers, made once for each state of the Engine. */
export function renderContainers(containers: readonly ContainerSummary[]): RenderedList {
  const known = rendered.get(containers);
  if (known !== undefined) return known;
  const body = Buffer.from(`{"items":${JSON.stringify(containers)},"nextCursor":null}`);
  const list = { body, etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"` };
  rendered.set(containers, list);
  return list;
}

/** The plain parameters that stand beside `filters`. */
export interface PlainFilters {
  readonly filters?: string;
  readonly status?: readonly string[];
  readonly label?: readonly string[];
  readonly name?: readonly string[];
  readonly until?: string;
  readonly stack?: string;
}

/**
 * All filters of a request as one.
 *
 * @throws FairleadError VALIDATION_FAILED for `filters` that are not what the Engine takes
 */
export function filtersOf({ filters, status, label, name, until, stack }: PlainFilters): EngineFilters {
  const given = filters === undefined ? {} : parseEngineFilters(filters);
  const labels = [...(label ?? []), ...(stack === undefined ? [] : [`${STACK_LABEL}=${stack}`])];
  const plain = { status, label: labels, name, until: until === undefined ? [] : [until] };
  const merged: Record<string, readonly string[]> = { ...given };
  for (const [key, values = []] of Object.entries(plain)) {
    if (values.length > 0) merged[key] = [...(given[key] ?? []), ...values];
  }
  return merged;
}

/** What a path is, in a header: JSON in ASCII, whatever the path's name. */
export function pathStatHeader(stat: PathStat): string {
  return JSON.stringify(stat).replace(
    /[\u007f-\uffff]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** How a browser is to name the tar of a path. */
export function tarDisposition({ name }: PathStat): string {
  const file = `${name === '' || name === '/' ? 'root' : name}.tar`;
  const plain = file.replace(/[^\w.-]/g, '_');
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded(file)}`;
}

function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /['()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
