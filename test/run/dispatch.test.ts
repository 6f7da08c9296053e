import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PostgresRunLedger } from '../../src/adapters/postgres-run-ledger.ts';
import { Dispatcher } from '../../src/run/dispatch.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { silentLog } from '../helpers/silent-log.ts';

const MINUTE = 60_000;
const NOW = new Date('2026-11-21T08:00Z');
const minutesLater = (minutes: number) => new Date(NOW.getTime() + minutes * MINUTE);

describe('a dispatcher', () => {
  let testDatabase: TestDatabase;
  /** Jobs of the runs that were started, in this order. */
  let started: string[];
  let endRun: (() => void)[];
  beforeEach(async () => {
    testDatabase = await createTestDatabase();
    started = [];
    endRun = [];
  });
  afterEach(() => testDatabase.drop());

  function createDispatcher(controller = new AbortController()): Dispatcher {
    return new Dispatcher({
      ledger: new PostgresRunLedger(testDatabase.database),
      log: silentLog,
      listJobs: () =>
        new Map(['nightly', 'weekly'].map((name) => [name, { catchupWindow: 24 * 60 * MINUTE }])),
      execute: ({ job }) => {
        started.push(job);
        return new Promise((done) => endRun.push(done));
      },
      signal: controller.signal,
    });
  }

  const addRun = (status: string, { job = 'nightly', hoursAgo = 6, attempts = 1 } = {}) =>
    testDatabase.database.query(
      `insert into nightjar.runs (job, logical_time, trigger, status, attempts, finished_at)
       values ($1, $2, 'schedule', $3, $4, now() - interval '5 minutes')`,
      [job, minutesLater(-60 * hoursAgo), status, attempts],
    );

  /** What is awaited between two looks for the end of a run to be noticed. */
  const noticed = () => new Promise((done) => setImmediate(done));

  test('starts what is queued, one run of a job at a time, and no job it does not have', async () => {
    await addRun('queued', { hoursAgo: 2 });
    await addRun('queued', { hoursAgo: 1 });
    await addRun('queued', { job: 'weekly' });
    await addRun('queued', { job: 'another' });
    const dispatcher = createDispatcher();
    await dispatcher.look(NOW);
    await dispatcher.look(NOW);
    expect(started).toEqual(['weekly', 'nightly']);
    await testDatabase.database.query(
      `update nightjar.runs set status = 'done' where job = 'nightly' and logical_time = $1`,
      [minutesLater(-120)],
    );
    endRun[1]?.();
    await noticed();
    await dispatcher.look(NOW);
    expect(started).toEqual(['weekly', 'nightly', 'nightly']);
  });

  test('takes up a run that waits from a scheduler that died', async () => {
    await addRun('queued');
    await createDispatcher().look(NOW); // this one dies with its run's process
    await createDispatcher().look(NOW);
    expect(started).toEqual(['nightly', 'nightly']);
  });

  test('goes on with a crashed run, three times in all, a minute apart', async () => {
    await addRun('crashed');
    const dispatcher = createDispatcher();
    for (let minute = 0; minute < 10; minute++) {
      await dispatcher.look(minutesLater(minute));
      await dispatcher.look(minutesLater(minute + 0.5));
      endRun.pop()?.();
      await noticed();
      await testDatabase.database.query('update nightjar.runs set attempts = $1', [
        started.length + 1,
      ]);
    }
    expect(started).toEqual(['nightly', 'nightly', 'nightly']);
  });

  test.each([
    [{ attempts: 50 }, 1],
    [{ attempts: 51 }, 0],
    [{ hoursAgo: 24 }, 1],
    [{ hoursAgo: 24.1 }, 0],
    [{ job: 'another' }, 0],
  ])('a crashed run that is %j is started %i times', async (run, times) => {
    await addRun('crashed', run);
    await createDispatcher().look(NOW);
    expect(started).toHaveLength(times);
  });

  test('goes on with a stopped run when it starts itself, and not later', async () => {
    await addRun('stopped');
    const before = createDispatcher();
    await before.look(NOW);
    expect(started).toEqual(['nightly']);
    endRun[0]?.();
    await noticed();
    for (const minute of [1, 2, 3]) await before.look(minutesLater(minute));
    expect(started).toHaveLength(1);
  });

  test('a run that never comes to take itself in hand is started once a minute', async () => {
    await addRun('queued');
    const dispatcher = createDispatcher();
    for (let second = 0; second <= 60; second += 5) {
      await dispatcher.look(minutesLater(second / 60));
      endRun.pop()?.();
      await noticed();
    }
    expect(started).toHaveLength(2);
  });

  test('stops at once when told to, and settles when the runs under way have ended', async () => {
    await addRun('queued');
    const controller = new AbortController();
    const dispatcher = createDispatcher(controller);
    const working = dispatcher.work();
    await expect.poll(() => started).toEqual(['nightly']);
    const before = Date.now();
    controller.abort();
    await working;
    expect(Date.now() - before).toBeLessThan(1000);
    let settled = false;
    const settling = dispatcher.settle().then(() => {
      settled = true;
    });
    await noticed();
    expect(settled).toBe(false);
    endRun[0]?.();
    await settling;
  });
});
