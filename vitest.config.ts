import { defineConfig } from 'vitest/config';

/** Where .ci/run wants the counts; nobody else needs them. */
const report = process.env.NIGHTJAR_TEST_REPORT;

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Native addons can take a thread pool down with them; a process of its own is robust.
    pool: 'forks',
    maxWorkers: 2,
    reporters: report ? ['default', ['json', { outputFile: report }]] : ['default'],
    // The chaos suite runs in its short form here; `npm run chaos` runs the long one.
    provide: { chaosForm: 'short' },
    globalSetup: ['test/helpers/start-server.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
