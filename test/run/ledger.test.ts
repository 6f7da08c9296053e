import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fault } from '../../src/domain/outcome.ts';
import type { StartedRun } from '../../src/ledger.ts';
import type { PhotoResult } from '../../src/ports.ts';
import { startOtherProcess } from '../helpers/other-process.ts';
import { openRunBench, type RunBench } from '../helpers/run-bench.ts';
import { list, shardedRun, specFor } from '../helpers/shards.ts';

let bench: RunBench;
beforeEach(async () => {
  bench = await openRunBench();
});
afterEach(() => bench.close());

const HOUR = 3_600_000;
const at = (hour: number) => new Date(hour * HOUR);
const submit = (
  hour: number,
  options: Partial<Parameters<RunBench['adapters']['ledger']['submit']>[0]> = {},
) =>
  bench.adapters.ledger.submit({
    job: 'nightly',
    kind: 'run',
    logicalTime: at(hour),
    trigger: 'schedule',
    overlap: 'skip',
    ...options,
  });

async function start(runId: string): Promise<StartedRun> {
  const started = await bench.adapters.ledger.start(runId);
  if (typeof started === 'string') throw new Error(`run ${runId} is ${started}`);
  return started;
}

const CLOSED = {
  status: 'done',
  listed: 0,
  alreadyDone: 0,
  predicted: 0,
  rejected: 0,
  pending: 0,
  error: null,
} as const;

describe('overlap', () => {
  test('skip: a tick during a run is skipped, a tick after it is queued', async () => {
    const first = await start((await submit(1)).runId);
    expect((await submit(2)).status).toBe('skipped');
    await first.close(CLOSED);
    await first.release();
    expect((await submit(3)).status).toBe('queued');
  });

  test('buffer_one: one tick waits, another is skipped, and the one that waits can start afterwards', async () => {
    const first = await start((await submit(1, { overlap: 'buffer_one' })).runId);
    const second = await submit(2, { overlap: 'buffer_one' });
    expect(second.status).toBe('queued');
    expect((await submit(3, { overlap: 'buffer_one' })).status).toBe('skipped');
    expect(await bench.adapters.ledger.start(second.runId)).toBe('busy');
    await first.close(CLOSED);
    await first.release();
    await (await start(second.runId)).release();
  });

  test('one tick is one run, however often it is submitted', async () => {
    const first = await submit(1);
    expect(await submit(1)).toEqual({ ...first, created: false });
    const started = await start(first.runId);
    expect(await bench.adapters.ledger.start(first.runId)).toBe('taken');
    expect((await submit(1)).status).toBe('running');
    await started.release();
  });

  test('other jobs are not in the way', async () => {
    const first = await start((await submit(1)).runId);
    expect((await submit(1, { job: 'weekly' })).status).toBe('queued');
    await first.release();
  });

  test('a person is given the run that waits and that nobody has taken in hand', async () => {
    const waiting = await submit(1);
    expect(await submit(2, { trigger: 'shell' })).toEqual({ ...waiting, created: false });
  });
});

test('a run is still alive after the database forgot its lock in a restart', async () => {
  const { database } = bench.test;
  const started = await start((await submit(1)).runId);
  const holders = async () => {
    const text = `select pid from pg_locks where locktype = 'advisory' and objid = $1
      and database = (select oid from pg_database where datname = current_database())`;
    return (await database.query<{ pid: number }>(text, [started.runId])).rows.map(
      ({ pid }) => pid,
    );
  };
  const [before] = await holders();
  await database.query('select pg_terminate_backend($1)', [before]);
  const heldAnew = async () => (await holders()).some((pid) => pid !== before);
  await expect.poll(heldAnew, { timeout: 30_000 }).toBe(true);
  expect((await submit(2)).status).toBe('skipped');
  await started.close(CLOSED);
  await started.release();
  expect(await holders()).toEqual([]);
});

describe('a run whose process died', () => {
  const listPhotos = () => list(bench);

  async function crashWith(photoIds: string[], shardSize: number, hour: number): Promise<void> {
    const { runId } = await submit(hour);
    const shards: string[][] = [];
    for (let n = 0; n < photoIds.length; n += shardSize)
      shards.push(photoIds.slice(n, n + shardSize));
    const other = await startOtherProcess(bench);
    await other.ask({ start: runId, spec: specFor(bench) });
    await other.ask({ enqueue: runId, shards });
    await other.ask({ claim: runId });
    await other.die();
  }

  test('is found out by the next, which goes on; the photos in hand are suspects, the others are not', async () => {
    await bench.addPhotos('kruger');
    const ids = (await listPhotos()).map(({ photoId }) => photoId);
    await crashWith(ids, 4, 1);
    expect((await submit(2)).status).toBe('queued');
    const { rows } = await bench.test.database.query(
      'select status from nightjar.runs order by id',
    );
    expect(rows).toEqual([{ status: 'crashed' }, { status: 'queued' }]);
    expect((await listPhotos()).map(({ crashes }) => crashes)).toEqual([1, 1, 1, 1, 0, 0, 0, 0, 0]);
  });

  test('three times with one photo alone in hand makes that photo the culprit, twice does not', async () => {
    await bench.addPhotos('kruger/IMG_0001.JPG', 'kruger/IMG_0002.JPG');
    const [first] = (await listPhotos()).map(({ photoId }) => photoId);
    for (const hour of [1, 3]) {
      await crashWith([first ?? ''], 1, hour);
      await submit(hour + 1);
      expect((await listPhotos()).map(({ done }) => done)).toEqual([false, false]);
      await bench.test.database.query(`delete from nightjar.runs where status = 'queued'`);
    }
    await crashWith([first ?? ''], 1, 5);
    await submit(6);
    expect((await listPhotos()).map(({ done }) => done)).toEqual([true, false]);
    const { rows } = await bench.test.database.query(
      'select code, final, attempts from nightjar.rejects',
    );
    expect(rows).toEqual([{ code: 'PHOTO_CRASHES_WORKER', final: true, attempts: 3 }]);
  });

  test('makes the next shards of its suspects smaller, and predicts them all the same', async () => {
    await bench.addPhotos('.');
    const ids = (await listPhotos()).map(({ photoId }) => photoId);
    await crashWith(ids, 100, 1);
    expect(await bench.run()).toMatchObject({ status: 'done', predicted: 60, rejected: 1 });
    const { rows } = await bench.test.database.query(
      'select max(cardinality(photo_ids)) as largest, count(*)::int as shards from nightjar.shards where run_id = (select max(id) from nightjar.runs)',
    );
    expect(rows).toEqual([{ largest: 2, shards: 31 }]); // 16 / 8
    const { rowCount } = await bench.test.database.query(
      'select from nightjar.photo_crashes join nightjar.predictions using (photo_id)',
    );
    expect(rowCount).toBe(0);
  });

  test('is gone on with when its tick comes again, with the plan it had', async () => {
    await bench.addPhotos('.');
    const ids = (await listPhotos()).map(({ photoId }) => photoId);
    await crashWith(ids.slice(0, 40), 20, 1);
    await bench.test.database.query(
      `update nightjar.runs set listed = 61, planned = 40, left_out = 21, planned_at = now()`,
    );
    const resumed = await bench.run({ name: 'nightly' }, { logicalTime: at(1) });
    expect(resumed).toMatchObject({ status: 'done', listed: 61, pending: 21 });
    expect(resumed.predicted + resumed.rejected).toBe(40);
    const { rows } = await bench.test.database.query(
      'select count(*)::int as runs, max(attempts) as attempts from nightjar.runs',
    );
    expect(rows).toEqual([{ runs: 1, attempts: 2 }]);
  });
});

test('a process in the place of one that died waits until the database lets go of the dead one’s lock', async () => {
  await bench.addPhotos('kruger');
  const other = await startOtherProcess(bench);
  const { runId } = await submit(1);
  await other.ask({ start: runId, spec: specFor(bench) });
  const skipped = await bench.run({ name: 'nightly' }, { logicalTime: at(1) });
  expect(skipped).toMatchObject({ run: runId, status: 'skipped', reason: 'running' });
  const taken = bench.run({ name: 'nightly' }, { logicalTime: at(1), restarted: true });
  await new Promise((wait) => setTimeout(wait, 1500));
  await other.die();
  expect(await taken).toMatchObject({ run: runId, listed: 9, predicted: 8, rejected: 1 });
});

describe('loading', () => {
  async function results(code?: 'FETCH_FAILED' | 'IMAGE_CORRUPT'): Promise<PhotoResult[]> {
    const { rows } = await bench.test.database.query<{ id: string; key: string; etag: string }>(
      'select id::text, key, etag from nightjar.photos order by id',
    );
    return rows.map((row) => ({
      photo: { ...row, source: bench.source, size: 1, lastModified: new Date() },
      metadata: null,
      size: null,
      contentSha256: null,
      cell: null,
      outcome: code
        ? fault(code, 'Expected this, with a NUL \0 inside')
        : {
            ok: true,
            prediction: {
              label: 'Vulpes vulpes',
              commonName: null,
              rank: 'species',
              score: 0.9,
              decision: 'vision',
              visionLabel: 'Vulpes vulpes',
              visionScore: 0.9,
              presence: null,
              visionPresence: null,
              regionCell: null,
              regionMonth: null,
              fusion: 'none',
              rawScores: [{ index: 10, score: 0.9 }],
            },
          },
    }));
  }

  /** A store of a run of its own, with the photo's shard in hand. */
  async function storeFor(hour: number) {
    const { runId } = await submit(hour, { job: `job-${hour}` });
    const { rows } = await bench.test.database.query<{ id: string }>(
      'select id::text from nightjar.photos',
    );
    await bench.adapters.queue.enqueue(runId, [rows.map(({ id }) => id)]);
    const shard = await bench.adapters.queue.claim(shardedRun(runId));
    if (!shard) throw new Error('expected a shard');
    const keys = { runId, modelVersionId: 1, regionSnapshotId: null, reprocess: 'none' } as const;
    const store = bench.adapters.openPredictionStore(keys);
    return { load: (batch: PhotoResult[]) => store.load(shard, batch, false) };
  }

  const rejects = async () =>
    (await bench.test.database.query('select code, attempts, final from nightjar.rejects')).rows;

  beforeEach(async () => {
    await bench.addPhotos('kruger/IMG_0001.JPG');
    await list(bench);
  });

  test('the same batch twice changes nothing', async () => {
    const store = await storeFor(1);
    await store.load(await results());
    const { rows: before } = await bench.test.database.query('select * from nightjar.predictions');
    await store.load(await results());
    expect((await bench.test.database.query('select * from nightjar.predictions')).rows).toEqual(
      before,
    );
    await store.load(await results('IMAGE_CORRUPT'));
    expect(await rejects()).toEqual([]);
  });

  test('a fault that may pass is tried by the next runs, and final after maxAttempts of them', async () => {
    for (const [hour, final] of [
      [1, false],
      [2, false],
      [3, true],
    ] as const) {
      const store = await storeFor(hour);
      await store.load(await results('FETCH_FAILED'));
      await store.load(await results('FETCH_FAILED'));
      expect(await rejects()).toEqual([{ code: 'FETCH_FAILED', attempts: hour, final }]);
    }
  });

  test('a prediction settles an earlier reject', async () => {
    await (await storeFor(1)).load(await results('FETCH_FAILED'));
    await (await storeFor(2)).load(await results());
    expect(await rejects()).toEqual([]);
  });

  test('NaN and scores outside 0–1 are refused by the database, and nothing of the batch stays', async () => {
    const store = await storeFor(1);
    const [result] = await results();
    if (!result?.outcome.ok) throw new Error('expected a prediction');
    const { prediction } = result.outcome;
    for (const score of [1.5, -0.1]) {
      const bad = {
        ...result,
        outcome: { ok: true as const, prediction: { ...prediction, score } },
      };
      await expect(store.load([bad])).rejects.toMatchObject({ code: '23514' });
    }
    const { rows } = await bench.test.database.query(
      `select 'NaN'::real between 0 and 1 as inside, count(p.*)::int as n from nightjar.predictions p`,
    );
    expect(rows).toEqual([{ inside: false, n: 0 }]);
  });
});

test('nightjar_reader reads the views and nothing else', async () => {
  const { database } = bench.test;
  for (const view of ['current_predictions', 'run_summary', 'species_daily', 'reject_summary']) {
    await database.transaction(async (client) => {
      await client.query('set local role nightjar_reader');
      await client.query(`select * from nightjar.${view}`);
    });
  }
  for (const table of ['photos', 'predictions', 'runs', 'models', 'rejects', 'region_presence']) {
    const read = database.transaction(async (client) => {
      await client.query('set local role nightjar_reader');
      await client.query(`select * from nightjar.${table}`);
    });
    await expect(read).rejects.toMatchObject({ code: '42501' });
  }
});
