import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDatabase } from '../../src/adapters/postgres-database.ts';
import { PostgresRunLedger } from '../../src/adapters/postgres-run-ledger.ts';
import type { RunStatus, RunSubmission } from '../../src/ledger.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { silentLog } from '../helpers/silent-log.ts';

let testDatabase: TestDatabase;
let ledger: PostgresRunLedger;
beforeEach(async () => {
  testDatabase = await createTestDatabase();
  ledger = new PostgresRunLedger(testDatabase.database);
});
afterEach(() => testDatabase.drop());

const at = (hour: number) => new Date(hour * 3_600_000);
const submit = (hour: number, options: Partial<RunSubmission> = {}, by = ledger) =>
  by.submit({
    job: 'nightly',
    logicalTime: at(hour),
    trigger: 'schedule',
    overlap: 'skip',
    ...options,
  });

const query = async <R extends object>(text: string, values: unknown[] = []) =>
  (await testDatabase.database.query<R>(text, values)).rows;

/** Says of a run that it is over, or under way in a process that does not answer. */
const setStatus = (runId: string, status: RunStatus, endedMinutesAgo = 0) =>
  query(
    `update nightjar.runs set status = $2, finished_at = now() - $3 * interval '1 minute' where id = $1`,
    [runId, status, endedMinutesAgo],
  );

/** A run in the hands of a process that lives until `end`. */
async function start(runId: string) {
  const started = await ledger.start(runId);
  if (typeof started === 'string') throw new Error(`run ${runId} is ${started}`);
  return async () => {
    await setStatus(runId, 'done');
    await started.release();
  };
}

describe('one run per job and logical time', () => {
  test('whoever asks, and however many at once: one row, and all are told the same run', async () => {
    // Connections of their own, as processes have.
    const databases = await Promise.all(
      [1, 2, 3, 4].map(() => openDatabase({ url: testDatabase.url, poolSize: 4, log: silentLog })),
    );
    const triggers = ['schedule', 'catchup', 'shell'] as const;
    const answers = await Promise.all(
      Array.from({ length: 80 }, (_, n) => {
        const database = databases[n % 4];
        if (!database) throw new Error('no database');
        const trigger = triggers[n % 3];
        return submit(1, { trigger }, new PostgresRunLedger(database));
      }),
    );
    await Promise.all(databases.map((database) => database.close()));
    expect(new Set(answers.map(({ runId }) => runId)).size).toBe(1);
    expect(answers.filter(({ created }) => created)).toHaveLength(1);
    expect(await query('select status from nightjar.runs')).toEqual([{ status: 'queued' }]);
  });

  test.each<RunStatus>([
    'queued',
    'done',
    'over_error_budget',
    'not_reconciled',
    'skipped',
    'crashed',
    'failed',
    'stopped',
  ])('a tick whose run is %s is told as it is, to a scheduler and to a person', async (status) => {
    const { runId } = await submit(1);
    await setStatus(runId, status);
    for (const trigger of ['schedule', 'catchup', 'shell'] as const) {
      expect(await submit(1, { trigger })).toMatchObject({ runId, status, created: false });
    }
    expect(await query('select from nightjar.runs')).toHaveLength(1);
  });

  test('a tick that is there is told as it is also while another run of the job waits', async () => {
    const first = await submit(1);
    await setStatus(first.runId, 'done');
    await submit(2);
    expect(await submit(1, { trigger: 'shell' })).toMatchObject({
      runId: first.runId,
      status: 'done',
    });
  });

  test('a backfill of the same moment is another run', async () => {
    await query(
      `insert into nightjar.runs (job, kind, logical_time, trigger, status)
      values ('nightly', 'backfill', $1, 'shell', 'running')`,
      [at(1)],
    );
    expect(await submit(1)).toMatchObject({ created: true });
  });
});

describe('overlap', () => {
  const reasons = () =>
    query(`select status, skip_reason as reason, count(*)::int as n from nightjar.runs
      where status in ('queued', 'skipped') group by 1, 2 order by 1`);

  test('skip: ticks during a run are skipped, with their reason, and counted; one after it is queued', async () => {
    const end = await start((await submit(1)).runId);
    for (const hour of [2, 3, 4]) {
      expect(await submit(hour)).toMatchObject({ status: 'skipped', skipReason: 'overlap' });
    }
    await end();
    expect(await submit(5)).toMatchObject({ status: 'queued', skipReason: null });
    expect(await reasons()).toEqual([
      { status: 'queued', reason: null, n: 1 },
      { status: 'skipped', reason: 'overlap', n: 3 },
    ]);
  });

  test('buffer_one: one waits, the next are skipped; when the first ends, the one that waits is run', async () => {
    const end = await start((await submit(1, { overlap: 'buffer_one' })).runId);
    const second = await submit(2, { overlap: 'buffer_one' });
    expect(second.status).toBe('queued');
    for (const hour of [3, 4]) {
      expect(await submit(hour, { overlap: 'buffer_one' })).toMatchObject({
        skipReason: 'overlap',
      });
    }
    expect(await ledger.start(second.runId)).toBe('busy');
    await end();
    const endSecond = await start(second.runId);
    expect((await submit(5, { overlap: 'buffer_one' })).status).toBe('queued');
    await endSecond();
  });

  test.each(['skip', 'buffer_one'] as const)(
    '%s: of many ticks at once, one is queued and the others are skipped',
    async (overlap) => {
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, n) => submit(n, { overlap })),
      );
      expect(answers.filter(({ status }) => status === 'queued')).toHaveLength(1);
      expect(answers.filter(({ skipReason }) => skipReason === 'overlap')).toHaveLength(19);
    },
  );

  test.each(['running', 'queued'])('a backfill that is %s is not in the way', async (status) => {
    await query(
      `insert into nightjar.runs (job, kind, logical_time, trigger, status)
      values ('nightly', 'backfill', now(), 'shell', $1)`,
      [status],
    );
    expect((await submit(1)).status).toBe('queued');
    expect(await ledger.listQueued()).toHaveLength(1);
  });

  test('a run that waits and whose scheduler died is listed for any scheduler, and given to the next `run`', async () => {
    const waiting = await submit(1);
    expect(await ledger.listQueued()).toEqual([
      { runId: waiting.runId, job: 'nightly', logicalTime: at(1) },
    ]);
    const next = await submit(2, { trigger: 'shell' });
    expect(next).toMatchObject({ runId: waiting.runId, status: 'queued' });
    await (await start(next.runId))();
    expect((await submit(3)).status).toBe('queued');
  });
});

describe('scheduled runs that were interrupted', () => {
  const list = async () =>
    (await ledger.listInterrupted()).map(({ runId, status }) => [runId, status]);

  test('a crashed run is listed when nobody has gone on with it for a minute', async () => {
    const { runId } = await submit(1);
    await setStatus(runId, 'crashed');
    expect(await list()).toEqual([]);
    await setStatus(runId, 'crashed', 2);
    expect(await list()).toEqual([[runId, 'crashed']]);
  });

  test('a run whose process is gone is found out by the listing itself', async () => {
    const { runId } = await submit(1);
    const started = await ledger.start(runId);
    if (typeof started === 'string') throw new Error(started);
    await started.release(); // the lock is gone and the row still says running: the process died
    await ledger.listInterrupted();
    expect(await query('select status from nightjar.runs')).toEqual([{ status: 'crashed' }]);
  });

  test('a stopped run is listed at once', async () => {
    const { runId } = await submit(1);
    await setStatus(runId, 'stopped');
    expect(await list()).toEqual([[runId, 'stopped']]);
  });

  test.each<RunStatus>(['done', 'failed', 'queued', 'running'])(
    'not when a later run of the job is %s, which takes what is pending',
    async (status) => {
      await setStatus((await submit(1)).runId, 'crashed', 5);
      const { runId } = await submit(2);
      if (status === 'running') {
        const end = await start(runId);
        expect(await list()).toEqual([]);
        return end();
      }
      await setStatus(runId, status);
      expect(await list()).toEqual([]);
    },
  );

  test('nor one that a person started, or that ended otherwise', async () => {
    await setStatus((await submit(1, { trigger: 'shell' })).runId, 'crashed', 5);
    await setStatus((await submit(1, { job: 'weekly' })).runId, 'over_error_budget', 5);
    expect(await list()).toEqual([]);
  });

  test('a tick that was skipped after it does not hide it', async () => {
    const { runId } = await submit(1);
    const started = await ledger.start(runId);
    if (typeof started === 'string') throw new Error(started);
    await submit(2);
    await started.release();
    await setStatus(runId, 'crashed', 5);
    expect(await list()).toEqual([[runId, 'crashed']]);
  });
});
