import { describe, expect, test } from 'vitest';
import { findProblems } from '../../src/health/find-problems.ts';
import { ago, DONE, makeHealth, makeJob, makeSource } from './make-health.ts';

const HOUR = 3_600_000;
const RULE = { name: 'nightly', schedule: '0 2 * * *', staleAfter: 36 * HOUR };
const textsOf = (health: Parameters<typeof findProblems>[0], rule = {}) =>
  findProblems(health, [{ ...RULE, ...rule }]).map(({ text }) => text);

test('nothing needs attention when all is well', () => {
  expect(textsOf(makeHealth())).toEqual([]);
});

describe('stale data', () => {
  const waiting = (hours: number, parts = {}) =>
    makeHealth({
      sources: [
        makeSource({
          pending: 3,
          pendingSince: ago(hours),
          oldestPendingAt: ago(9000),
          ...parts,
        }),
      ],
    });

  test.each([
    [35.99, 0],
    [36, 0],
    [36.01, 1],
  ])(
    'a photo that has been waiting for %d h with a limit of 36 h: %d problems',
    (hours, problems) => {
      expect(textsOf(waiting(hours))).toHaveLength(problems);
    },
  );

  test('is told with what waits, for whom and since when', () => {
    expect(textsOf(waiting(48))).toEqual([
      'nightly is stale: 3 photos pending for fox@1, waiting since 2026-11-19 12:00Z, the oldest is of 2025-11-11 12:00Z',
    ]);
  });

  test('an old photo that has been waiting for an hour is not late', () => {
    expect(textsOf(waiting(1))).toEqual([]);
  });

  test('a version that no job asks for any more may leave photos pending', () => {
    expect(textsOf(waiting(48, { jobs: [] }))).toEqual([]);
  });

  const lastGood = (hours: number) => ({ ...DONE, logicalTime: ago(hours) });

  test.each([
    [36, 0],
    [36.01, 1],
  ])('a last good tick %d h ago with a limit of 36 h: %d problems', (hours, problems) => {
    const health = makeHealth({ jobs: [makeJob({ lastGoodWindow: lastGood(hours) })] });
    expect(textsOf(health)).toHaveLength(problems);
  });

  test('a good run by hand does not make up for a tick, unless no tick was ever noted', () => {
    const job = makeJob({ lastGoodWindow: lastGood(50), lastGoodRun: lastGood(1) });
    expect(textsOf(makeHealth({ jobs: [job] }))).toEqual([
      'nightly is stale: the last good tick was that of 2026-11-19 10:00Z, run 12',
    ]);
    const byHand = makeJob({ ticked: false, lastGoodWindow: null, lastGoodRun: lastGood(1) });
    expect(textsOf(makeHealth({ jobs: [byHand] }))).toEqual([]);
    expect(textsOf(makeHealth({ jobs: [job] }), { schedule: null })).toEqual([]);
  });

  test('a job that never had a good run is stale once its first run is old', () => {
    const job = (hours: number) =>
      makeJob({ lastGoodWindow: null, lastGoodRun: null, firstRunAt: ago(hours) });
    expect(textsOf(makeHealth({ jobs: [job(10)] }))).toEqual([]);
    expect(textsOf(makeHealth({ jobs: [job(40)] }))).toEqual([
      'nightly is stale: no good tick since its first run, of 2026-11-19 20:00Z',
    ]);
  });

  test('without a limit nothing is stale', () => {
    const job = makeJob({ lastGoodWindow: null, firstRunAt: ago(9000) });
    expect(textsOf(makeHealth({ jobs: [job] }), { staleAfter: null })).toEqual([]);
  });
});

describe('jobs that do not do well', () => {
  const ended = (parts: Partial<typeof DONE>, job = {}) =>
    makeHealth({ jobs: [makeJob({ latestRun: { ...DONE, ...parts }, ...job })] });

  test('a run that crashed is told with how to go on with it', () => {
    expect(textsOf(ended({ status: 'crashed', error: 'the process ended' }))).toEqual([
      'nightly: run 12 ended as crashed: the process ended. To go on with it: nightjar resume 12',
    ]);
  });

  test.each(['failed', 'not_reconciled'])('a run that ended as %s is told', (status) => {
    expect(textsOf(ended({ status }))).toEqual([`nightly: run 12 ended as ${status}`]);
  });

  test('the first line of why, and how often in a row', () => {
    const health = ended(
      { status: 'failed', error: 'the bucket is gone\nfor good' },
      { consecutiveFailures: 3 },
    );
    expect(textsOf(health)).toEqual([
      'nightly: run 12 ended as failed, failure 3 in a row: the bucket is gone',
    ]);
  });

  test('a run over its error budget is told', () => {
    expect(textsOf(ended({ status: 'over_error_budget', rejected: 1 }))).toEqual([
      'nightly: run 12 went over its error budget, 1 photo rejected for good',
    ]);
  });

  test('a run that is done is not, though photos are to be tried again', () => {
    expect(textsOf(ended({ pending: 2 }))).toEqual([]);
  });

  test('a stopped run is told with what it left, and who goes on with it', () => {
    const stopped = { status: 'stopped', pending: 5420, error: 'stopped; 5,420 photos are left' };
    const text =
      'nightly: run 12 was stopped with 5,420 photos pending. To go on with it: nightjar resume 12';
    expect(findProblems(ended(stopped), [RULE])).toEqual([
      { job: 'nightly', kind: 'stopped', text: `${text}; the daemon does so when it starts` },
    ]);
    expect(textsOf(ended({ ...stopped, trigger: 'shell' }))).toEqual([text]);
  });

  test('a stopped run that left nothing is not', () => {
    expect(textsOf(ended({ status: 'stopped', pending: 0 }))).toEqual([]);
    expect(textsOf(ended({ status: 'stopped', pending: null }))).toEqual([]);
  });

  test('a paused job is told', () => {
    const health = makeHealth({ jobs: [makeJob({ paused: true, consecutiveFailures: 5 })] });
    expect(textsOf(health)).toEqual(['nightly is paused after 5 failures in a row']);
  });

  test('a job that is no more is left alone', () => {
    expect(findProblems(ended({ status: 'failed' }), [{ ...RULE, name: 'other' }])).toEqual([]);
  });
});
