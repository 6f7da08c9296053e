import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type HealthBench, hoursAgo, openHealthBench } from './health-bench.ts';

let bench: HealthBench;
beforeEach(async () => {
  bench = await openHealthBench();
});
afterEach(() => bench.test.drop());

const job = async () => (await bench.health()).jobs[0];

test('an empty database is in good health', async () => {
  expect(await bench.health()).toMatchObject({
    jobs: [],
    sources: [],
    queue: [],
    rejects: [],
    rate: { photosPerSecond: 0, lastRun: null, lastRunPhotosPerSecond: null },
  });
});

describe('the last good window', () => {
  test('is the newest tick that ended as done; backfills, runs by hand and failures are none', async () => {
    await bench.addRun({ logical_time: hoursAgo(80), finished_at: hoursAgo(79) });
    const tick = hoursAgo(50);
    const good = await bench.addRun({ logical_time: tick, trigger: 'catchup' });
    await bench.addRun({ logical_time: hoursAgo(30), status: 'failed' });
    await bench.addRun({ logical_time: hoursAgo(20), trigger: 'shell' });
    await bench.addRun({ logical_time: hoursAgo(10), kind: 'backfill' });
    const byHand = 4;
    expect(await job()).toMatchObject({
      ticked: true,
      lastGoodWindow: { run: Number(good), logicalTime: tick },
      lastGoodRun: { run: byHand },
      latestRun: { run: byHand, status: 'done' },
      consecutiveFailures: 0,
    });
  });

  test('is none for a job that no tick was ever noted for', async () => {
    await bench.addRun({ trigger: 'shell' });
    expect(await job()).toMatchObject({ ticked: false, lastGoodWindow: null });
  });
});

test('failures are counted since the last good run; stopped and skipped ones are none', async () => {
  await bench.addRun({ status: 'failed' });
  await bench.addRun();
  for (const status of ['failed', 'stopped', 'crashed', 'skipped', 'over_error_budget']) {
    await bench.addRun({ status });
  }
  await bench.addRun({ status: 'failed', kind: 'backfill' });
  await bench.addRun({ status: 'running', finished_at: null });
  expect(await job()).toMatchObject({
    consecutiveFailures: 3,
    latestRun: { status: 'over_error_budget' },
  });
});

test('skipped ticks are counted by reason for 7 days, and the newest says whether the job is paused', async () => {
  const skip = (hours: number, reason: string | null) =>
    bench.addRun({ logical_time: hoursAgo(hours), status: 'skipped', skip_reason: reason });
  await skip(200, 'overlap');
  await skip(30, null);
  await skip(20, 'overlap');
  await skip(10, 'paused');
  expect(await job()).toMatchObject({ skippedTicks: { overlap: 2, paused: 1 }, paused: true });
  await bench.addRun({ logical_time: hoursAgo(5), trigger: 'shell' });
  expect(await job()).toMatchObject({ paused: false });
});

describe('pending photos', () => {
  test('are counted on data time for each source and the version its jobs ask for', async () => {
    await bench.addRun({ listed: 3 });
    const ids = await bench.list('old', 'new', 'done');
    await bench.query(`update nightjar.photos set last_modified = '2019-01-01Z' where id = $1`, [
      ids[0],
    ]);
    await bench.predict(ids[2] ?? '');
    expect((await bench.health()).sources).toEqual([
      {
        source: bench.source,
        model: 'fox@1',
        jobs: ['nightly'],
        photos: 3,
        predicted: 1,
        pending: 2,
        oldestPendingAt: new Date('2019-01-01Z'),
        pendingSince: expect.any(Date),
        lastPredictedAt: null,
      },
    ]);
  });

  test('wait for a new version since it was promoted, and for the old one nobody waits', async () => {
    await bench.addRun({ job_spec: { model: 'fox@production' } });
    const [photo = ''] = await bench.list('a');
    await bench.query(`update nightjar.photos set first_listed_at = now() - interval '9 days'`);
    await bench.predict(photo);
    await bench.query(`insert into nightjar.model_versions (model_id, version, sha256, manifest, labels)
      values (1, '2', 'none', '{}', '[]')`);
    const promoted = hoursAgo(3);
    await bench.query(`update nightjar.model_aliases set model_version_id = 2, promoted_at = $1`, [
      promoted,
    ]);
    expect((await bench.health()).sources).toMatchObject([
      { model: 'fox@1', jobs: [], pending: 0, pendingSince: null },
      { model: 'fox@2', jobs: ['nightly'], pending: 1, pendingSince: promoted },
    ]);
  });

  test('for a job that names its version are those of that version, whatever is in production', async () => {
    await bench.query(`insert into nightjar.model_versions (model_id, version, sha256, manifest, labels)
      values (1, '2', 'none', '{}', '[]')`);
    await bench.query('update nightjar.model_aliases set model_version_id = 2');
    await bench.addRun({ job_spec: { model: 'fox@1' } });
    expect((await bench.health()).sources).toMatchObject([{ model: 'fox@1', jobs: ['nightly'] }]);
  });

  test('that were superseded by a newer version are none', async () => {
    await bench.addRun();
    await bench.list('a:1');
    await bench.list('a:2');
    expect((await bench.health()).sources[0]?.pending).toBe(1);
  });
});

describe('the queue', () => {
  test('has the runs under way, scheduled ones first, with who holds what and how far they are', async () => {
    await bench.addRun(); // over: not in the queue
    const ids = await bench.list('a', 'b', 'c', 'd', 'e', 'f');
    const under = { status: 'running', finished_at: null };
    const backfill = await bench.addRun({ ...under, kind: 'backfill' });
    const run = await bench.addRun(under);
    await bench.query(`insert into nightjar.workers (host, pid) values ('alpha', 42)`);
    const shard = (index: number, photos: string[], columns: string) =>
      bench.query(
        `insert into nightjar.shards (run_id, index, photo_ids, started_at, worker_id, finished_at)
         values ($1, $2, $3, ${columns})`,
        [run, index, photos],
      );
    await shard(0, ids.slice(0, 2), 'now(), null, now()');
    await shard(1, ids.slice(2, 4), 'now(), 1, null');
    await shard(2, ids.slice(4), 'null, null, null');
    await bench.reject(ids[2] ?? '', { run });
    await bench.predict(ids[4] ?? ''); // by another run
    expect((await bench.health()).queue).toEqual([
      {
        run: Number(run),
        job: 'nightly',
        kind: 'run',
        status: 'running',
        waiting: 1,
        active: 1,
        planned: 6,
        done: 3,
        workers: [{ worker: 1, host: 'alpha', pid: 42, shards: 1 }],
      },
      expect.objectContaining({ run: Number(backfill), kind: 'backfill', planned: 0, workers: [] }),
    ]);
  });
});

test('rejects are counted by reason, with one as an example; those of superseded photos are none', async () => {
  await bench.addRun();
  const ids = await bench.list('a', 'b', 'c:1');
  for (const id of ids) await bench.reject(id);
  await bench.list('c:2');
  expect((await bench.health()).rejects).toEqual([
    {
      source: bench.source,
      model: 'fox@1',
      stage: 'extract',
      code: 'IMAGE_EMPTY',
      final: true,
      photos: 2,
      maxAttempts: 1,
      lastRejectedAt: expect.any(Date),
      example: 'a: Expected bytes',
    },
  ]);
});

test('the rate is that of the last five minutes, rejects included, and of the last run with outcomes', async () => {
  const run = await bench.addRun({
    predicted: 90,
    rejected: 10,
    started_at: hoursAgo(2),
    finished_at: new Date(hoursAgo(2).getTime() + 50_000),
  });
  await bench.addRun({ predicted: 0, rejected: 0 });
  const ids = await bench.list('a', 'b', 'c');
  await bench.predict(...ids.slice(1));
  await bench.reject(ids[0] ?? '');
  const { rate } = await bench.health();
  expect(rate.photosPerSecond).toBeCloseTo(3 / 300);
  expect(rate.lastRun).toBe(Number(run));
  expect(rate.lastRunPhotosPerSecond).toBeCloseTo(2, 2);
});
