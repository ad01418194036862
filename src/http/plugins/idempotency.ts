import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import fp from 'fastify-plugin';
import { FairleadError } from '../../domain/errors.ts';
import { operation } from '../../domain/operations.ts';
import type { Clock } from '../../use-cases/ports/clock.ts';
import type { IdempotencyRepository, StoredAnswer } from '../../use-cases/ports/idempotency-repository.ts';
import { bearer } from '../bearer.ts';
import { canonicalJson, type Seal, sealFor } from '../idempotency-seal.ts';
import type { Route } from '../route.ts';

export interface IdempotencyOptions {
  readonly idempotency: IdempotencyRepository;
  readonly clock: Clock;
  /** How long a server that died keeps a request from being tried again. */
  readonly leaseMs?: number | undefined;
}

/** A key that this request holds until its answer is stored. */
interface Held {
  readonly seal: Seal;
  readonly claimant: string;
  readonly renewal: NodeJS.Timeout;
}

declare module 'fastify' {
  interface FastifyRequest {
    idempotencyHeld: Held | null;
  }
}

const KEY = /^[\x21-\x7e]{1,255}$/;
const LEASE_MS = 60_000;
const LIFE_MS = 24 * 60 * 60_000;
/** Headers of an answer that come again with its replay. */
const KEPT = ['content-type', 'location', 'etag', 'cache-control', 'retry-after'];

/** Whether a route honours Idempotency-Key. */
export function isIdempotent({ method, operation: name, idempotent }: Route): boolean {
  return method === 'POST' && (idempotent ?? operation(name).changes);
}

/**
 * A request with an Idempotency-Key that comes again gets the answer of the first one. An answer that failed (5xx) or is
 * a stream is not kept: then the request may be tried again.
 */
export const idempotency = fp<IdempotencyOptions>(async (app: FastifyInstance, options) => {
  const { idempotency: repository, clock, leaseMs = LEASE_MS } = options;
  app.decorateRequest('idempotencyHeld', null);

  async function claim(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | undefined> {
    const key = request.headers['idempotency-key'];
    if (key === undefined) return undefined;
    if (typeof key !== 'string' || !KEY.test(key)) throw invalidKey();
    const seal = sealFor(bearer(request) ?? '', key);
    const { id } = seal;
    const fingerprint = seal.fingerprint(describe(request));
    const claimant = randomUUID();
    const now = clock.now();
    const outcome = await repository.claim({
      ...{ id, fingerprint, claimant, now },
      leaseUntil: after(now, leaseMs),
      expiresAt: after(now, LIFE_MS),
    });
    if (outcome.state === 'claimed') {
      request.idempotencyHeld = { seal, claimant, renewal: renew(request, id, claimant) };
      // An answer that the handler took into its own hands is not seen by `settle`.
      reply.raw.once('close', () => {
        if (reply.sent) void release(request);
      });
      return undefined;
    }
    if (outcome.fingerprint !== fingerprint) {
      throw new FairleadError(
        'IDEMPOTENCY_KEY_REUSED',
        'The key came with another method, path, query or body before.',
      );
    }
    if (outcome.state === 'in-progress') {
      throw new FairleadError(
        'IDEMPOTENCY_IN_PROGRESS',
        'The first request with this key has no answer yet.',
        {
          extra: { retryAfterSeconds: 1 },
        },
      );
    }
    return replay(reply, seal, outcome.answer);
  }

  function renew(request: FastifyRequest, id: string, claimant: string): NodeJS.Timeout {
    const timer = setInterval(() => {
      repository
        .renew(id, claimant, after(clock.now(), leaseMs))
        .then((held) => {
          if (held) return;
          clearInterval(timer);
          request.log.warn('another server has taken over the Idempotency-Key of this request');
        })
        .catch((error: unknown) =>
          request.log.warn({ err: error }, 'the lease of an Idempotency-Key was not renewed'),
        );
    }, leaseMs / 3);
    timer.unref();
    return timer;
  }

  function take(request: FastifyRequest): Held | null {
    const held = request.idempotencyHeld;
    request.idempotencyHeld = null;
    if (held !== null) clearInterval(held.renewal);
    return held;
  }

  async function release(request: FastifyRequest): Promise<void> {
    const held = take(request);
    if (held === null) return;
    try {
      await repository.release(held.seal.id, held.claimant);
    } catch (error) {
      request.log.warn({ err: error }, 'an Idempotency-Key was not given back; its lease will end');
    }
  }

  /** Stores the answer before it is sent, so that whoever has seen it can rely on its replay. */
  async function settle(request: FastifyRequest, reply: FastifyReply, payload: unknown): Promise<unknown> {
    const body = bytesOf(payload);
    if (reply.statusCode >= 500 || body === null) {
      await release(request);
      return payload;
    }
    const held = take(request);
    if (held === null) return payload;
    const status = reply.statusCode;
    try {
      const answer = { status, headers: keptHeaders(reply), body: held.seal.seal(status, body) };
      await repository.complete(held.seal.id, held.claimant, answer);
    } catch (error) {
      // The work is done, so the caller hears of it, though a repetition will not.
      request.log.error({ err: error }, 'the answer to a request with an Idempotency-Key was not stored');
    }
    return payload;
  }

  app.addHook('onRoute', (options: RouteOptions) => {
    const { route } = options.config ?? {};
    if (route === undefined || !isIdempotent(route)) return;
    options.preHandler = [claim, ...[options.preHandler ?? []].flat()];
    options.onSend = [...[options.onSend ?? []].flat(), settle];
  });
});

function replay(reply: FastifyReply, seal: Seal, { status, headers, body }: StoredAnswer): FastifyReply {
  const opened = seal.open(status, body);
  reply.code(status).headers(headers).header('Idempotency-Replayed', 'true');
  return opened.length === 0 ? reply.send() : reply.send(Buffer.from(opened));
}

/** The request, as far as it has to be equal. Of a body that is a stream only its type and length are known in advance. */
function describe({ method, url, query, body, headers }: FastifyRequest): string {
  const streamed = body instanceof Readable;
  const content = streamed ? [headers['content-type'], headers['content-length'] ?? null] : body;
  return canonicalJson([method, url.split('?')[0], query, content ?? null]);
}

function keptHeaders(reply: FastifyReply): Record<string, string> {
  const kept = KEPT.map((name) => [name, reply.getHeader(name)] as const);
  return Object.fromEntries(
    kept.flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );
}

function bytesOf(payload: unknown): Uint8Array | null {
  if (payload === undefined || payload === null) return new Uint8Array();
  if (typeof payload === 'string') return Buffer.from(payload);
  return payload instanceof Uint8Array ? payload : null;
}

function after(time: Date, ms: number): Date {
  return new Date(time.getTime() + ms);
}

function invalidKey(): FairleadError {
  const message = 'is 1 to 255 visible ASCII characters, such as a UUID';
  return new FairleadError('VALIDATION_FAILED', `The header Idempotency-Key ${message}.`, {
    errors: [{ path: 'headers/idempotency-key', message }],
  });
}
