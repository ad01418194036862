import { FairleadError } from './errors.ts';

/** The name of an image, taken apart: `registry.example.org:5000/team/app:1.2@sha256:...`. */
export interface ImageReference {
  /** Host and port; `null` for the Engine's own default registry. */
  readonly registry: string | null;
  /** Below the registry, such as `team/app`. */
  readonly path: string;
  readonly tag: string | null;
  /** Such as `sha256:...`. */
  readonly digest: string | null;
}

const MAX_NAME_LENGTH = 255;
const HOST = /^(?:\[[0-9a-fA-F:]+\]|[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?)(?::\d{1,5})?$/;
const COMPONENT = /^[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^[A-Za-z][A-Za-z0-9]*(?:[+._-][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/;
const IMAGE_ID = /^[a-f0-9]{64}$/;

/**
 * Takes the name of an image apart.
 *
 * @param at where it stands in the request, for the words of an error
 * @throws FairleadError VALIDATION_FAILED, saying which part is wrong and how it should look
 */
export function parseImageReference(text: string, at: string): ImageReference {
  const fail = (message: string): never => {
    throw new FairleadError('VALIDATION_FAILED', `${at}: ${message}`, { errors: [{ path: at, message }] });
  };
  const [beforeDigest = '', digest = null, ...more] = text.split('@');
  if (more.length > 0) fail('holds more than one @');
  if (digest !== null && !DIGEST.test(digest))
    fail(`the digest "${digest}" is not like sha256:<64 hex digits>`);

  // A colon is a port's as long as a slash follows.
  const colon = beforeDigest.indexOf(':', beforeDigest.lastIndexOf('/') + 1);
  const name = colon === -1 ? beforeDigest : beforeDigest.slice(0, colon);
  const tag = colon === -1 ? null : beforeDigest.slice(colon + 1);
  if (tag !== null && !TAG.test(tag)) {
    fail(`the tag "${tag}" is not 1 to 128 letters, digits, "_", "." or "-", the first no "." or "-"`);
  }
  if (name === '') fail('has no name');
  if (name.length > MAX_NAME_LENGTH) fail(`the name is longer than ${MAX_NAME_LENGTH} characters`);

  const [first = '', ...rest] = name.split('/');
  const hasRegistry = rest.length > 0 && (/[.:A-Z]/.test(first) || first === 'localhost');
  if (hasRegistry && !HOST.test(first)) fail(`the registry "${first}" is not a host with or without a port`);
  const path = hasRegistry ? rest.join('/') : name;
  for (const component of path.split('/')) {
    if (component === '') fail('two slashes follow each other, or one stands at an end');
    if (/[A-Z]/.test(component))
      fail(`the name "${component}" holds capital letters; write "${component.toLowerCase()}"`);
    if (!COMPONENT.test(component)) {
      fail(
        `the name "${component}" is not lower-case letters and digits, joined by ".", "_", "__" or dashes`,
      );
    }
  }
  if (path === name && digest === null && tag === null && IMAGE_ID.test(name))
    fail('is the id of an image, not a name');
  return { registry: hasRegistry ? first : null, path, tag, digest };
}

/** The name as it is written, with the tag that a missing one stands for. */
export function formatImageReference({ registry, path, tag, digest }: ImageReference): string {
  const name = registry === null ? path : `${registry}/${path}`;
  if (digest !== null) return tag === null ? `${name}@${digest}` : `${name}:${tag}@${digest}`;
  return `${name}:${tag ?? 'latest'}`;
}
