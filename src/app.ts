import websocket from '@fastify/websocket';
import Fastify, { type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import { mount } from './http/mount.ts';
import { problems } from './http/plugins/problems.ts';
import { requestId } from './http/request-id.ts';
import { validatorCompiler } from './http/validation.ts';

export interface AppDeps {
  readonly logger: FastifyBaseLogger;
}

/** Where the Docker routes live. */
export const API_PREFIX = '/api/v1/docker';

const BODY_LIMIT = 1024 * 1024;
/** A frame of a WebSocket, in bytes; a longer one is refused with 1009. */
const MAX_FRAME_BYTES = 4 * 1024 * 1024;

/** The server as a value: plugins and routes in their order, not listening. */
export async function buildApp(deps: AppDeps): Promise<FastifyInstance> {
  const app = Fastify({
    loggerInstance: deps.logger,
    genReqId: (request) => requestId(request.headers['x-request-id']),
    requestIdHeader: false,
    bodyLimit: BODY_LIMIT,
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: 512 },
  });
  app.setValidatorCompiler(validatorCompiler());
  await app.register(problems);
  await app.register(websocket, { options: { maxPayload: MAX_FRAME_BYTES, perMessageDeflate: false } });
  mount(app, 'System', []);
  return app;
}
