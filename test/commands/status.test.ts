import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { formatStatus, type RunRow } from '../../src/commands/print-status.ts';
import { type HealthBench, hoursAgo, openHealthBench } from '../health/health-bench.ts';
import { ago, makeHealth, makeJob, makeSource } from '../health/make-health.ts';
import { lastJson, runCli } from '../helpers/cli.ts';
import { createTempFolder } from '../helpers/temp-folder.ts';

const RUN: RunRow = {
  run: 1204,
  job: 'a-job-with-a-rather-long-name',
  kind: 'backfill',
  status: 'over_error_budget',
  skipReason: null,
  trigger: 'schedule',
  logicalTime: ago(10),
  startedAt: ago(10),
  finishedAt: ago(9),
  regions: null,
  model: 'fox@1',
  listed: 1_000_000,
  alreadyDone: 990_000,
  planned: 10_000,
  predicted: 9000,
  rejected: 900,
  pending: 100,
  seconds: 3600,
  photosPerSecond: 2.75,
  error: null,
};

describe('the page for people', () => {
  const status = {
    ...makeHealth({
      jobs: [
        makeJob({ skippedTicks: { overlap: 2, paused: 1 }, paused: true, consecutiveFailures: 4 }),
        makeJob({ job: RUN.job, ticked: false, lastGoodWindow: null }),
      ],
      sources: [
        makeSource({
          source: 's3://a-bucket-with-a-long-name/and/a/long/prefix/incoming/',
          model: 'a-model-with-a-long-name@2026-11-21',
          photos: 1_000_000,
          pending: 12_345,
          oldestPendingAt: ago(40),
        }),
      ],
      queue: [
        {
          run: 1205,
          job: 'nightly',
          kind: 'run',
          status: 'running',
          waiting: 12,
          active: 2,
          planned: 10_000,
          done: 3120,
          workers: [{ worker: 1, host: 'alpha', pid: 4242, shards: 2 }],
        },
      ],
      rejects: ['s3://photos/a/', 's3://photos/b/'].map((source) => ({
        source,
        model: 'fox@1',
        stage: 'transform',
        code: 'PHOTO_CRASHES_WORKER',
        final: true,
        photos: 600,
        maxAttempts: 1,
        lastRejectedAt: ago(1),
        example: 'incoming/2026/11/IMG_0001.JPG: Expected a whole picture but it ends too early',
      })),
    }),
    problems: [
      {
        job: 'nightly',
        kind: 'stale',
        text: 'nightly is stale: 3 photos pending for fox@1, waiting since 2026-11-19 12:00Z, the oldest is of 2025-11-11 12:00Z',
      },
    ] as const,
    runs: [RUN, { ...RUN, status: 'not_reconciled', predicted: 999_999, kind: 'run' }],
  };

  test('fits 80 columns, however long the names and large the numbers', () => {
    const page = formatStatus(status);
    expect(page.split('\n').filter((line) => [...line].length > 80)).toEqual([]);
    expect(page).toMatchInlineSnapshot(`
      "Needs attention:
        nightly is stale: 3 photos pending for fox@1, waiting since 2026-11-19
          12:00Z, the oldest is of 2025-11-11 12:00Z

      job           last good window  latest run  failures   skipped in 7 days
      nightly       11-21 02:00       12 done     4, paused  2 overlap, 1 paused
      a-job-with-…  by hand, 11-21    12 done     0          none

      photos  pending  oldest pending  model           source
          1M   12,345  40 h ago        a-model-with-…  s3://a-bu…g/prefix/incoming/

      run 1205 of nightly: 3,120 of 10,000 photos done (31%)
        12 shards waiting, 2 in hand
        2 in the hands of alpha, process 4242

      0 photos/s in the last 5 minutes; 0.6 photos/s in run 12

      rejects  code                  final  for example
        1,200  PHOTO_CRASHES_WORKER  yes    incoming/2026/11/IMG_0001.JPG: Expected…

       run  job               status        started      listed  predicted  rejected
      1204  a-job-with-a-ra…  over budget   11-21 02:00      1M      9,000       900
      1204  a-job-with-a-ra…  unreconciled  11-21 02:00      1M    999,999       900"
    `);
  });
});

describe('nightjar status', () => {
  let bench: HealthBench;
  let cwd: string;
  beforeEach(async () => {
    bench = await openHealthBench();
    cwd = await createTempFolder('nightjar-status-');
    await mkdir(join(cwd, 'jobs'));
    await writeFile(
      join(cwd, 'jobs/nightly.yaml'),
      'name: nightly\nsource: s3://photos/incoming/\nmodel: fox@production\nschedule: "0 2 * * *"\nstaleAfter: 36h\n',
    );
  });
  afterEach(() => bench.test.drop());
  const status = (...flags: string[]) =>
    runCli(['status', ...flags], { cwd, env: { DATABASE_URL: bench.test.url } });

  test('--json has numbers as numbers and times as ISO strings', async () => {
    await bench.addRun({ listed: 2, predicted: 1, logical_time: '2026-01-02T03:00:00Z' });
    await bench.list('a');
    const { code, stdout } = await status('--json', '--runs', '1');
    expect(code).toBe(0);
    expect(lastJson(stdout)).toMatchObject({
      takenAt: expect.stringMatching(/^\d{4}-.*Z$/),
      jobs: [
        { job: 'nightly', lastGoodWindow: { run: 1, logicalTime: '2026-01-02T03:00:00.000Z' } },
      ],
      sources: [{ photos: 2, pending: 1, oldestPendingAt: '2020-08-03T00:00:00.000Z' }],
      queue: [],
      rejects: [],
      rate: { photosPerSecond: 0, lastRun: 1 },
      problems: [{ job: 'nightly', kind: 'stale' }],
      runs: [{ run: 1, job: 'nightly', kind: 'run', listed: 2, seconds: expect.any(Number) }],
    });
  });

  test('--check exits with 0 and says so when nothing needs attention', async () => {
    await bench.addRun();
    const { code, stdout } = await status('--check');
    expect([code, stdout]).toEqual([0, 'nothing needs attention\n']);
  });

  test('--check exits with 3 and a line for each thing that does', async () => {
    await bench.addRun({ logical_time: hoursAgo(50) });
    await bench.addRun({ status: 'failed', error: 'the bucket is gone' });
    const { code, stdout } = await status('--check');
    expect(code).toBe(3);
    expect(stdout.split('\n')).toEqual([
      expect.stringMatching(/^nightly is stale: the last good tick was that of .*Z, run 1$/),
      'nightly: run 2 ended as failed: the bucket is gone',
      '',
    ]);
  });

  test('a broken job file, or none, hides no job that fails; a job that is no more is left alone', async () => {
    await bench.addRun({ job: 'other', status: 'failed' });
    expect((await status('--check')).code).toBe(0);
    await writeFile(join(cwd, 'jobs/other.yaml'), 'name: other\n');
    expect((await status('--check')).stdout).toBe('other: run 1 ended as failed\n');
    cwd = await createTempFolder('nightjar-status-');
    expect((await status('--check')).code).toBe(3);
  });

  test('--runs that is no number is refused', async () => {
    const { code, stderr } = await status('--runs', 'all');
    expect(code).toBe(2);
    expect(stderr).toContain('Expected a whole number above 0 for --runs but received "all"');
  });
});
