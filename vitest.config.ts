import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Native addons can take a thread pool down with them; a process of its own is robust.
    pool: 'forks',
    maxWorkers: 2,
    globalSetup: ['test/helpers/start-server.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
