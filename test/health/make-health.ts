import type { EndedRunFigures, Health, JobHealth, SourceHealth } from '../../src/health/health.ts';

/** The moment at which made-up health was taken. */
export const NOW = new Date('2026-11-21T12:00:00Z');

/** A time so many hours before `NOW`. */
export const ago = (hours: number): Date => new Date(NOW.getTime() - hours * 3_600_000);

/** The latest run of a healthy job. */
export const DONE: EndedRunFigures = {
  run: 12,
  status: 'done',
  trigger: 'schedule',
  logicalTime: ago(10),
  finishedAt: ago(9.5),
  listed: 10_000,
  alreadyDone: 9000,
  predicted: 990,
  rejected: 8,
  pending: 2,
  seconds: 1800,
  error: null,
};

/** A job that does well: its last tick was ten hours ago. */
export function makeJob(parts: Partial<JobHealth> = {}): JobHealth {
  return {
    job: 'nightly',
    firstRunAt: ago(2000),
    ticked: true,
    lastGoodWindow: DONE,
    lastGoodRun: DONE,
    latestRun: DONE,
    paused: false,
    consecutiveFailures: 0,
    skippedTicks: {},
    ...parts,
  };
}

/** Its source, with nothing pending. */
export function makeSource(parts: Partial<SourceHealth> = {}): SourceHealth {
  return {
    source: 's3://photos/incoming/',
    model: 'fox@1',
    jobs: ['nightly'],
    photos: 10_000,
    predicted: 9990,
    pending: 0,
    oldestPendingAt: null,
    pendingSince: null,
    lastPredictedAt: ago(9.5),
    ...parts,
  };
}

/** All is well. */
export function makeHealth(parts: Partial<Health> = {}): Health {
  return {
    takenAt: NOW,
    jobs: [makeJob()],
    sources: [makeSource()],
    queue: [],
    rejects: [],
    rate: { photosPerSecond: 0, lastRun: 12, lastRunPhotosPerSecond: 0.55 },
    ...parts,
  };
}
