import { defineConfig } from 'vitest/config';

const bed = ['test/support/testbed-setup.ts'];

function project(name: string, settings: { testTimeout: number; globalSetup?: string[] }) {
  return { extends: true as const, test: { name, include: [`test/${name}/**/*.test.ts`], ...settings } };
}

const report = process.env.FAIRLEAD_TEST_REPORT;

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    hookTimeout: 60_000,
    teardownTimeout: 40_000,
    // A test that fails because of the one before it hides both.
    restoreMocks: true,
    unstubEnvs: true,
    reporters: report ? ['default', ['json', { outputFile: report }]] : ['default'],
    projects: [
      project('unit', { testTimeout: 5_000 }),
      project('http', { testTimeout: 20_000, globalSetup: bed }),
      project('repositories', { testTimeout: 30_000, globalSetup: bed }),
      project('docker', { testTimeout: 30_000, globalSetup: bed }),
      project('compose', { testTimeout: 60_000, globalSetup: bed }),
      project('e2e', { testTimeout: 90_000, globalSetup: bed }),
    ],
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      exclude: ['src/use-cases/ports/**'],
      reporter: ['text-summary', 'html', 'json-summary'],
      thresholds: { lines: 85 },
    },
  },
});
