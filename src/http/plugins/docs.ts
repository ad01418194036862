import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { pageHeaders } from './page-headers.ts';

/** Swagger UI at `/docs`: reads `/openapi.json`, keeps the token that was pasted into it, and sends it with what one tries. */
export async function docs(app: FastifyInstance): Promise<void> {
  app.addHook('onRoute', (options) => {
    options.config = { ...options.config, operation: 'system.documents' };
  });
  await app.register(pageHeaders);
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    indexPrefix: '',
    uiConfig: {
      url: '/openapi.json',
      persistAuthorization: true,
      docExpansion: 'list',
      displayOperationId: true,
      filter: true,
      tryItOutEnabled: true,
    },
    theme: { title: 'Fairlead API' },
  });
}
