import { expect, test } from 'vitest';
import { formatProgress } from '../../src/commands/progress-bar.ts';

const progress = {
  phase: 'predicting',
  listed: 9,
  planned: 1_000_000,
  predicted: 0,
  rejected: 0,
} as const;

test.each([
  [progress, 0, '░░░░░░░░░░░░░░░░░░░░ 0/1,000,000 · 0/s · – left · 0 rejected'],
  [
    { ...progress, predicted: 490_000, rejected: 10_000 },
    5000,
    '██████████░░░░░░░░░░ 500,000/1,000,000 · 100/s · 1h23m left · 10,000 rejected',
  ],
  [{ ...progress, planned: 0 }, 1, '████████████████████ 0/0 · 0/s · – left · 0 rejected'],
  [{ ...progress, phase: 'listing' as const, listed: 42_000 }, 1, 'listing  42,000 photos'],
])('%o after %d s', (given, seconds, line) => {
  expect(formatProgress(given, seconds)).toBe(line);
  expect(line.length).toBeLessThanOrEqual(80);
});
