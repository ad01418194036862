import { PostgreSqlContainer } from '@testcontainers/postgresql';
import { Wait } from 'testcontainers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testServer } from '../support/server.ts';
import { runId, TEST_LABEL } from '../support/test-run.ts';
import { mainEngine } from '../support/testbed.ts';

/** The reaper of testcontainers comes from a registry; what this test makes carries the run's label and is swept by that. */
const SURROUNDINGS = { TESTCONTAINERS_RYUK_DISABLED: 'true', TESTCONTAINERS_HOST_OVERRIDE: '127.0.0.1' };

describe('A server whose PostgreSQL runs on the Engine that it manages', () => {
  const before = { ...process.env };
  beforeAll(() => {
    Object.assign(process.env, SURROUNDINGS, { DOCKER_HOST: `unix://${mainEngine().socketPath}` });
  });
  afterAll(() => {
    process.env = before;
  });

  it('keeps its tokens and its audit trail there, and sees the container', async () => {
    const postgres = await new PostgreSqlContainer('postgres:15-alpine')
      .withWaitStrategy(Wait.forListeningPorts())
      .withLabels({ [TEST_LABEL]: runId() })
      .start();
    try {
      await using server = await testServer({
        engineSocket: mainEngine().socketPath,
        config: { databaseUrl: postgres.getConnectionUri() },
      });
      const seen = await server.json<{ items: { id: string }[] }>('/containers');
      expect(seen.items.map(({ id }) => id)).toContain(postgres.getId());
      const answer = await server.call('/tokens', { token: server.tokens.admin });
      expect(((await answer.json()) as { items: unknown[] }).items).toHaveLength(3);

      const { id } = await server.makeToken({ name: 'short-lived', role: 'viewer' });
      const rows = await postgres.exec([
        'psql',
        '-U',
        postgres.getUsername(),
        '-d',
        postgres.getDatabase(),
        '-tAc',
        'select name from tokens order by created_at desc limit 1',
      ]);
      expect(rows.output.trim()).toBe('short-lived');
      const revoked = await server.call(`/tokens/${id}`, { token: server.tokens.admin, method: 'DELETE' });
      expect(revoked.status).toBe(204);
    } finally {
      await postgres.stop();
    }
  });
});
