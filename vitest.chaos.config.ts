import { defineConfig } from 'vitest/config';
import base from './vitest.config.ts';

/** The long form of the chaos suite: `npm run chaos`, some minutes, on loopback only. */
export default defineConfig({
  test: {
    ...base.test,
    include: ['test/chaos/**/*.test.ts'],
    provide: { chaosForm: 'long' },
    testTimeout: 300_000,
    hookTimeout: 120_000,
  },
});
