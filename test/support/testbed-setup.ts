import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { sweep } from './sweep.ts';
import { runId, TEST_LABEL } from './test-run.ts';
import { engines } from './testbed.ts';

/** What the tests of each project need beyond one Engine with a busybox image. */
const NEEDS: Record<string, readonly string[]> = {
  http: ['--engine26', '--postgres', '--bash-image'],
  repositories: ['--postgres', '--postgres-image'],
  docker: ['--engine26', '--registry', '--ssh', '--bash-image'],
  compose: ['--engine26', '--compose'],
  e2e: ['--tests'],
};

/** Brings the test bed up before the tests of a project, and sweeps what they left on the Engines after the run. */
export default function setup(project: TestProject): () => Promise<void> {
  // The workers inherit both.
  runId();
  process.env.TESTCONTAINERS_RYUK_DISABLED = 'true'; // its image cannot be pulled here; the sweep below does its work
  process.env.TESTCONTAINERS_HOST_OVERRIDE = '127.0.0.1';

  const script = fileURLToPath(new URL('../../scripts/bed/up.sh', import.meta.url));
  const { status } = spawnSync(script, NEEDS[project.name] ?? [], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== 0) throw new Error(`The test bed is not complete: ${script} ended with ${status}`);

  return async () => {
    const belongings = { label: `${TEST_LABEL}=${runId()}`, prefix: `fltest-${runId()}` };
    await Promise.all(engines().map(({ socketPath }) => sweep(socketPath, belongings)));
  };
}
