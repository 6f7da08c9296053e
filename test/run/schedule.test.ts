import { describe, expect, test } from 'vitest';
import { judge } from '../../src/run/close-run.ts';
import { balance } from '../../src/run/reconcile.ts';
import { findMissedTick } from '../../src/run/schedule.ts';

const utc = (text: string) => new Date(`${text}Z`);

describe('findMissedTick', () => {
  const nightly = { schedule: '0 2 * * *', timezone: 'UTC', catchupWindow: 24 * 3_600_000 };
  const now = utc('2026-11-21T08:00');

  test.each([
    ['a job that never ticked has missed nothing', null, null],
    ['the tick that has its row is not missed', utc('2026-11-21T02:00'), null],
    ['the tick of tonight is', utc('2026-11-20T02:00'), utc('2026-11-21T02:00')],
    [
      'of many missed ticks, the most recent alone',
      utc('2026-11-01T02:00'),
      utc('2026-11-21T02:00'),
    ],
  ])('%s', (_, last, missed) => {
    expect(findMissedTick(nightly, last, now)).toEqual(missed);
  });

  test.each([
    [5.9, null],
    [6, utc('2026-11-21T02:00')],
    [6.1, utc('2026-11-21T02:00')],
  ])('with a window of %f hours, 6 hours after the tick: %s', (hours, missed) => {
    const job = { ...nightly, catchupWindow: hours * 3_600_000 };
    expect(findMissedTick(job, utc('2026-11-20T02:00'), now)).toEqual(missed);
  });

  test('ticks are those of the time zone, summer time included', () => {
    const job = { ...nightly, timezone: 'Europe/Brussels' };
    const summer = findMissedTick(job, utc('2026-07-01T00:00'), utc('2026-07-02T08:00'));
    expect(summer).toEqual(utc('2026-07-02T00:00'));
    const winter = findMissedTick(job, utc('2026-11-20T01:00'), now);
    expect(winter).toEqual(utc('2026-11-21T01:00'));
  });
});

describe('how a run ends', () => {
  const plan = { listed: 100, alreadyDone: 10, planned: 90, leftOut: 0, shards: 1 };
  const counts = {
    predicted: 86,
    rejected: 4,
    retryable: 0,
    pending: 0,
    missing: 0,
    doneElsewhere: 0,
    openShards: 0,
  };

  test.each([
    ['at the budget it is done', counts, 4 / 90, 'done'],
    ['above the budget it is not', counts, 3.9 / 90, 'over_error_budget'],
    [
      'photos to be tried again count against the budget',
      { ...counts, predicted: 80, rejected: 0, retryable: 10, pending: 10 },
      0.05,
      'over_error_budget',
    ],
    ['photos that do not add up fail it', { ...counts, predicted: 85 }, 1, 'not_reconciled'],
    [
      'so does one of a finished shard without an outcome',
      { ...counts, missing: 1 },
      1,
      'not_reconciled',
    ],
    ['so does a shard that nobody finished', { ...counts, openShards: 1 }, 1, 'not_reconciled'],
  ])('%s', (_, given, budget, status) => {
    expect(judge(balance(plan, given), budget, false)).toBe(status);
  });

  test('photos that another run did meanwhile are already done, not lost', () => {
    const reconciled = balance(plan, { ...counts, predicted: 80, doneElsewhere: 6 });
    expect(reconciled).toMatchObject({ alreadyDone: 16, predicted: 80, balanced: true });
  });
});
