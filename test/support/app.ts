import { randomUUID } from 'node:crypto';
import { Writable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { buildApp, buildCore, type CoreDeps } from '../../src/app.ts';
import type { Grant } from '../../src/domain/access.ts';
import { hashSecret } from '../../src/domain/secret.ts';
import { logOptions } from '../../src/http/log.ts';
import { createMetrics } from '../../src/http/metrics.ts';
import { createAuditRepository } from '../../src/repositories/audit-repository.ts';
import { createIdempotencyRepository } from '../../src/repositories/idempotency-repository.ts';
import { createTicketRepository } from '../../src/repositories/ticket-repository.ts';
import { createTokenRepository } from '../../src/repositories/token-repository.ts';
import { type Access, type AccessDeps, createAccess } from '../../src/use-cases/access/access.ts';
import { newToken } from '../../src/use-cases/access/create-token.ts';
import { DATABASES } from './databases.ts';
import { unconnected } from './unconnected-app.ts';

/** The whole HTTP side over a database of its own, and what a test wants to look into. */
export interface TestApp extends AsyncDisposable {
  readonly app: FastifyInstance;
  readonly access: Access;
  readonly ports: AccessDeps;
  /** Every line of the log so far. */
  readonly log: readonly string[];
  /** Stores a token and answers it. Default: a viewer without narrowing. */
  token(grant?: Partial<Grant> & { readonly name?: string; readonly expiresAt?: Date }): Promise<TestToken>;
  /** Listens on a free port of 127.0.0.1 and answers the URL. */
  listen(): Promise<string>;
}

export interface TestToken {
  readonly id: string;
  readonly token: string;
  /** `{ authorization: 'Bearer ...' }` */
  readonly headers: { readonly authorization: string };
}

export interface TestAppOptions {
  readonly http?: Partial<CoreDeps['http']>;
  /** Adds routes before the app is ready. */
  readonly extend?: (app: FastifyInstance) => void | Promise<void>;
  readonly wrap?: (ports: AccessDeps) => AccessDeps;
  readonly logLevel?: string;
  /** With the routes that reach an Engine, though there is none: for what happens before their handlers. */
  readonly allRoutes?: boolean;
}

/** `await using server = await testApp();` */
export async function testApp(options: TestAppOptions = {}): Promise<TestApp> {
  const opened = await DATABASES[1].open();
  const { db } = opened.database;
  const log: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, done) {
      log.push(String(chunk));
      done();
    },
  });
  const logger = pino(logOptions(options.logLevel ?? 'debug'), stream);
  const plain: AccessDeps = {
    tokens: createTokenRepository(db),
    tickets: createTicketRepository(db),
    audit: createAuditRepository(db),
    idempotency: createIdempotencyRepository(db),
    log: logger,
  };
  const ports = options.wrap?.(plain) ?? plain;
  const access = createAccess(ports);
  const core: CoreDeps = {
    logger,
    metrics: createMetrics(),
    access,
    http: { allowedOrigins: [], trustedProxies: [], graceMs: 500, ...options.http },
  };
  const app = options.allRoutes === true ? await buildApp(unconnected(core)) : await buildCore(core);
  try {
    await options.extend?.(app);
    await app.ready();
  } catch (error) {
    await opened[Symbol.asyncDispose]();
    throw error;
  }
  return {
    app,
    access,
    ports,
    log,
    async token({ name = 'test', expiresAt, ...grant } = {}) {
      const token = newToken();
      const id = randomUUID();
      await plain.tokens.insert({
        ...{ id, name, hash: hashSecret(token), role: 'viewer', createdAt: new Date(), createdBy: null },
        ...{
          permissions: null,
          hosts: null,
          stacks: null,
          projects: null,
          revokedAt: null,
          lastUsedAt: null,
        },
        expiresAt: expiresAt ?? null,
        ...grant,
      });
      return { id, token, headers: { authorization: `Bearer ${token}` } };
    },
    listen: () => app.listen({ host: '127.0.0.1', port: 0 }),
    async [Symbol.asyncDispose]() {
      await app.close();
      await access.trail.close(5_000);
      await access.authenticator.close();
      await opened[Symbol.asyncDispose]();
    },
  };
}
