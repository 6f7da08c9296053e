import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { openDatabase } from '../../src/adapters/postgres-database.ts';
import { PostgresRunLedger } from '../../src/adapters/postgres-run-ledger.ts';
import { SUPERVISOR_GONE } from '../../src/domain/supervisor-gone.ts';
import { judge } from '../../src/run/close-run.ts';
import { parseJob } from '../../src/run/job.ts';
import { balance } from '../../src/run/reconcile.ts';
import { Schedule, type ScheduledJob } from '../../src/run/schedule.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { silentLog } from '../helpers/silent-log.ts';

const utc = (text: string) => new Date(`${text}Z`);

function makeJob(keys: Record<string, unknown> = {}): ScheduledJob {
  const given = { name: 'nightly', schedule: '0 2 * * *', source: './photos', model: 'demo@1' };
  const problems: string[] = [];
  const job = parseJob({ ...given, ...keys }, 'test', problems);
  if (!job?.schedule) throw new Error(problems.join());
  return { ...job, schedule: job.schedule };
}

describe('a schedule that looks', () => {
  let testDatabase: TestDatabase;
  let ledger: PostgresRunLedger;
  /** What the hooks were called with. */
  let told: unknown[][];
  beforeEach(async () => {
    testDatabase = await createTestDatabase();
    ledger = new PostgresRunLedger(testDatabase.database);
    told = [];
  });
  afterEach(() => testDatabase.drop());

  const createSchedule = (...jobs: ScheduledJob[]) =>
    new Schedule({
      ledger,
      log: silentLog,
      listJobs: () => jobs,
      onMissed: (...missed) => told.push(['missed', ...missed]),
      onPaused: (job) => told.push(['paused', job]),
    });

  const listRuns = async () =>
    (
      await testDatabase.database.query<{ line: string }>(
        `select concat_ws(' ', job, to_char(logical_time at time zone 'UTC', 'MM-DD HH24:MI'), trigger,
           status, skip_reason) as line
         from nightjar.runs order by id`,
      )
    ).rows.map(({ line }) => line);

  /** Ends every connection to the test's database and refuses new ones, or allows them again. */
  async function lockOut(away: boolean): Promise<void> {
    const name = new URL(testDatabase.url).pathname.slice(1);
    const admin = await openDatabase({ url: inject('serverUrl'), log: silentLog });
    await admin.query(`alter database ${name} allow_connections ${!away}`);
    await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [
      name,
    ]);
    await admin.close();
  }

  /** The row of a run that is over. */
  const addRun = (time: string, status = 'done', trigger = 'schedule', finished = time) =>
    testDatabase.database.query(
      `insert into nightjar.runs (job, logical_time, trigger, status, created_at, finished_at)
       values ('nightly', $1, $2, $3, $1, $4)`,
      [utc(time), trigger, status, utc(finished)],
    );

  test('ticks in the minute of the tick, once, and not before', async () => {
    const schedule = createSchedule(makeJob());
    for (const time of ['01:58', '01:59', '02:00', '02:01', '02:02', '02:10', '03:00']) {
      await schedule.look(utc(`2026-11-21T${time}:00.100`));
    }
    expect(await listRuns()).toEqual(['nightly 11-21 02:00 schedule queued']);
    expect(told).toEqual([]);
  });

  test('does not tick for what was before it knew the job', async () => {
    const schedule = createSchedule(makeJob());
    await schedule.look(utc('2026-11-21T02:00:30'));
    await schedule.look(utc('2026-11-21T08:00'));
    expect(await listRuns()).toEqual([]);
  });

  test('ticks up to two minutes late as if it were in time; later, it catches up', async () => {
    await addRun('2026-11-20T02:00');
    await createSchedule(makeJob()).look(utc('2026-11-21T02:02'));
    await createSchedule(makeJob()).look(utc('2026-11-22T02:02:00.001'));
    expect(await listRuns()).toEqual([
      'nightly 11-20 02:00 schedule done',
      'nightly 11-21 02:00 schedule queued',
      'nightly 11-22 02:00 catchup skipped overlap',
    ]);
    expect(told).toEqual([]); // what is skipped has its row and is not missed
  });

  test.each([
    ['the tick that has its row', '2026-11-21T02:00', []],
    ['tonight’s tick', '2026-11-20T02:00', ['nightly 11-21 02:00 catchup queued']],
    [
      'of many missed ticks, the last alone',
      '2026-11-01T02:00',
      ['nightly 11-21 02:00 catchup queued'],
    ],
  ])('catches up with what was missed, and once: %s', async (_, last, runs) => {
    await addRun(last);
    const schedule = createSchedule(makeJob());
    for (const time of ['08:00', '08:01']) await schedule.look(utc(`2026-11-21T${time}`));
    await createSchedule(makeJob()).look(utc('2026-11-21T08:02'));
    expect((await listRuns()).slice(1)).toEqual(runs);
    const missed = ['missed', 'nightly', utc('2026-11-21T02:00'), true];
    expect(told).toEqual(runs.length ? [missed] : []);
  });

  test.each([
    [5.9, [], false],
    [6, ['nightly 11-21 02:00 catchup queued'], true],
    [6.1, ['nightly 11-21 02:00 catchup queued'], true],
  ])('with a window of %f hours, 6 hours after the tick: %j', async (hours, runs, caughtUp) => {
    await addRun('2026-11-20T02:00');
    const schedule = createSchedule(makeJob({ catchupWindow: `${hours * 3_600_000}ms` }));
    for (let n = 0; n < 3; n++) await schedule.look(utc('2026-11-21T08:00'));
    expect((await listRuns()).slice(1)).toEqual(runs);
    expect(told).toEqual([['missed', 'nightly', utc('2026-11-21T02:00'), caughtUp]]);
  });

  test('a tick that another scheduler has inserted is not missed', async () => {
    const asleep = createSchedule(makeJob());
    await asleep.look(utc('2026-11-20T12:00'));
    await addRun('2026-11-21T02:00');
    await asleep.look(utc('2026-11-21T09:00'));
    expect(await listRuns()).toHaveLength(1);
    expect(told).toEqual([]);
  });

  test('a clock that once was years ahead does not silence the schedule', async () => {
    await addRun('2031-01-01T02:00');
    const schedule = createSchedule(makeJob());
    await schedule.look(utc('2026-11-21T01:59'));
    await schedule.look(utc('2026-11-21T02:00'));
    expect((await listRuns()).slice(1)).toEqual(['nightly 11-21 02:00 schedule queued']);
  });

  test('of several schedulers that catch up at once, one tells', async () => {
    await addRun('2026-11-20T02:00');
    const schedules = [1, 2, 3, 4].map(() => createSchedule(makeJob()));
    await Promise.all(schedules.map((schedule) => schedule.look(utc('2026-11-21T08:00'))));
    expect(await listRuns()).toHaveLength(2);
    expect(told).toHaveLength(1);
  });

  test('ticks that came while the database was away are made up for when it is back', async () => {
    const schedule = createSchedule(makeJob(), makeJob({ name: 'hourly', schedule: '0 * * * *' }));
    await schedule.look(utc('2026-11-21T01:30'));
    await lockOut(true);
    await schedule.look(utc('2026-11-21T02:00'));
    await schedule.look(utc('2026-11-21T02:01'));
    await lockOut(false);
    expect(await listRuns()).toEqual([]);
    await schedule.look(utc('2026-11-21T05:30'));
    expect((await listRuns()).sort()).toEqual([
      'hourly 11-21 05:00 catchup queued',
      'nightly 11-21 02:00 catchup queued',
    ]);
  });

  test('ticks are those of the time zone, and of the day when clocks are set', async () => {
    const schedule = createSchedule(
      makeJob({ schedule: '30 2 * * *', timezone: 'Europe/Brussels' }),
    );
    const end = utc('2026-03-29T02:30');
    for (let now = utc('2026-03-29T00:00'); now < end; now = new Date(now.getTime() + 60_000)) {
      await schedule.look(now);
    }
    expect(await listRuns()).toEqual(['nightly 03-29 01:00 schedule queued']);
  });

  describe('with pauseAfterFailures', () => {
    const job = makeJob({ pauseAfterFailures: 3 });
    const tickAt = (schedule: Schedule, day: number) => schedule.look(utc(`2026-11-${day}T02:00`));

    async function fail(statuses: readonly string[]): Promise<void> {
      for (const [n, status] of statuses.entries()) await addRun(`2026-11-1${n}T02:00`, status);
    }

    test.each([
      [['failed', 'failed', 'failed'], true],
      [['failed', 'crashed', 'over_error_budget', 'not_reconciled'], true],
      [['failed', 'failed'], false],
      [['failed', 'failed', 'done', 'failed'], false],
      [['failed', 'stopped', 'failed', 'skipped', 'failed'], true],
      [['failed', 'stopped', 'skipped', 'failed'], false],
      [['done', 'failed', 'failed', 'failed'], true],
      [[], false],
    ])('after %j the next tick is skipped: %s', async (statuses, paused) => {
      await fail(statuses);
      const schedule = createSchedule(job);
      await schedule.look(utc('2026-11-20T02:00'));
      expect((await listRuns()).slice(statuses.length)).toEqual(
        statuses.length === 0
          ? []
          : [`nightly 11-20 02:00 schedule ${paused ? 'skipped paused' : 'queued'}`],
      );
      expect(told).toEqual(paused ? [['paused', 'nightly']] : []);
    });

    test('tells the pause once, also through another scheduler, and again only for a new one', async () => {
      await fail(['failed', 'failed', 'failed']);
      await tickAt(createSchedule(job), 20);
      await tickAt(createSchedule(job), 21);
      expect(told).toEqual([['paused', 'nightly']]);
      await addRun('2026-11-21T09:00', 'done', 'shell', '2026-11-21T09:30');
      await testDatabase.database.query(`update nightjar.runs set created_at = logical_time`);
      for (const day of [22, 23, 24]) await addRun(`2026-11-${day}T02:00`, 'failed');
      await tickAt(createSchedule(job), 25);
      expect(told).toEqual([
        ['paused', 'nightly'],
        ['paused', 'nightly'],
      ]);
    });

    test.each([
      ['a run by a person that ends well', 'shell'],
      ['a scheduled run that is resumed and ends well', 'schedule'],
    ])('%s lifts the pause', async (_, trigger) => {
      await fail(['failed', 'failed', 'failed']);
      await tickAt(createSchedule(job), 20);
      await addRun('2026-11-12T03:00', 'done', trigger, '2026-11-20T09:00');
      await tickAt(createSchedule(job), 21);
      expect((await listRuns()).at(-1)).toBe('nightly 11-21 02:00 schedule queued');
    });

    test('a person is not refused, and one who fails does not lift it', async () => {
      await fail(['failed', 'failed', 'failed']);
      const person = { job: 'nightly', overlap: 'skip', pauseAfterFailures: 3 } as const;
      const logicalTime = utc('2026-11-19T10:00');
      expect(await ledger.submit({ ...person, logicalTime, trigger: 'shell' })).toMatchObject({
        status: 'queued',
      });
      await testDatabase.database.query(
        `update nightjar.runs set status = 'failed', finished_at = now() where trigger = 'shell'`,
      );
      await tickAt(createSchedule(job), 20);
      expect((await listRuns()).at(-1)).toBe('nightly 11-20 02:00 schedule skipped paused');
    });

    test('failures by hand and of backfills do not pause the schedule', async () => {
      for (const n of [1, 2, 3]) await addRun(`2026-11-1${n}T09:00`, 'failed', 'shell');
      for (const n of [1, 2, 3]) await addRun(`2026-11-1${n}T02:00`, 'failed');
      await testDatabase.database.query(
        `update nightjar.runs set kind = 'backfill' where trigger = 'schedule' and id % 3 <> 0`,
      );
      await tickAt(createSchedule(job), 20);
      expect((await listRuns()).at(-1)).toBe('nightly 11-20 02:00 schedule queued');
    });
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
    const signal = new AbortController().signal;
    expect(judge(balance(plan, given), budget, signal)).toBe(status);
  });

  test.each([
    ['who is told to stop, has stopped', undefined, 'stopped'],
    ['whose supervisor went away, has crashed', SUPERVISOR_GONE, 'crashed'],
  ])('%s, whatever the photos', (_, reason, status) => {
    expect(judge(balance(plan, counts), 1, AbortSignal.abort(reason))).toBe(status);
  });

  test('photos that another run did meanwhile are already done, not lost', () => {
    const reconciled = balance(plan, { ...counts, predicted: 80, doneElsewhere: 6 });
    expect(reconciled).toMatchObject({ alreadyDone: 16, predicted: 80, balanced: true });
  });
});
