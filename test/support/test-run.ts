import { randomBytes } from 'node:crypto';

/** On everything that a test makes on an Engine; the value is the id of the test run. */
export const TEST_LABEL = 'fairlead.test';

/** The id of this test run: one for all its workers, which inherit it through the environment. */
export function runId(): string {
  process.env.FAIRLEAD_TEST_RUN ??= randomBytes(4).toString('hex');
  return process.env.FAIRLEAD_TEST_RUN;
}
