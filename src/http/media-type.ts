import type { preParsingHookHandler } from 'fastify';
import { FairleadError } from '../domain/errors.ts';

const JSON_TYPES = ['application/json'];

/** A hook that refuses a body of another type than the route takes, before a byte of it is read. */
export function assertMediaType(consumes: readonly string[] = JSON_TYPES): preParsingHookHandler {
  return (request, _reply, payload, done) => {
    const header = request.headers['content-type'];
    // Without a type a body cannot be read as JSON; Fastify says so where there is one.
    if (header === undefined && consumes === JSON_TYPES) return done(null, payload);
    const type = header?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
    if (consumes.includes(type)) return done(null, payload);
    return done(
      new FairleadError(
        'UNSUPPORTED_MEDIA_TYPE',
        `"${type}" is not taken here; send ${consumes.join(' or ')}.`,
      ),
    );
  };
}
