import { createHook } from 'node:async_hooks';
import { appendFile, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openRunBench, type RunBench } from '../helpers/run-bench.ts';

let bench: RunBench;
beforeEach(async () => {
  bench = await openRunBench();
});
afterEach(() => bench.close());

async function query<R extends object>(text: string, values: unknown[] = []): Promise<R[]> {
  return (await bench.test.database.query<R & Record<string, unknown>>(text, values)).rows;
}

/** What Node knows of a timer. */
interface StartedTimer {
  readonly _destroyed: boolean;
  readonly _idleTimeout: number;
  hasRef(): boolean;
}

const count = async (table: string) =>
  (await query<{ n: number }>(`select count(*)::int as n from nightjar.${table}`))[0]?.n;

describe('a run over a folder', () => {
  test('accounts for every photo, and a second run predicts nothing', async () => {
    await bench.addPhotos('.');
    const first = await bench.run();
    expect(first).toMatchObject({
      status: 'done',
      model: 'demo@1',
      regions: 'demo@1',
      listed: 61,
      alreadyDone: 0,
      predicted: 60,
      rejected: 1,
      pending: 0,
    });
    const before = await query('select * from nightjar.predictions order by photo_id');
    const second = await bench.run();
    expect(second).toMatchObject({ status: 'done', listed: 61, alreadyDone: 61, predicted: 0 });
    expect(await query('select * from nightjar.predictions order by photo_id')).toEqual(before);
    expect(await query('select stage, code, attempts, final from nightjar.rejects')).toEqual([
      { stage: 'transform', code: 'IMAGE_TRUNCATED', attempts: 1, final: true },
    ]);
    expect(
      await query('select status, pending::int from nightjar.run_summary order by run_id'),
    ).toEqual([
      { status: 'done', pending: 0 },
      { status: 'done', pending: 0 },
    ]);
  });

  test('leaves no timer behind, for which its process would wait', async () => {
    await bench.addPhotos('pantanal');
    const timers = new Set<StartedTimer>();
    const init = (_: number, type: string, __: number, resource: object) => {
      if (type === 'Timeout') timers.add(resource as StartedTimer);
    };
    const hook = createHook({ init }).enable();
    expect(await bench.run()).toMatchObject({ status: 'done', pending: 0 });
    hook.disable();
    const left = [...timers].filter((timer) => !timer._destroyed && timer.hasRef());
    const waits = left.map(({ _idleTimeout }) => _idleTimeout);
    // Idle connections have timers of 10 s, which end with them.
    expect(waits.filter((ms) => ms !== 10_000)).toEqual([]);
  });

  test('stores the evidence beside the answer', async () => {
    await bench.addPhotos('serengeti/IMG_0008.JPG');
    await bench.run();
    const [row] = await query<Record<string, unknown>>(
      `select c.*, r.raw_labels, r.raw_scores, r.region_snapshot_id from nightjar.current_predictions c
       join nightjar.predictions r using (photo_id)`,
    );
    expect(row).toMatchObject({
      key: 'serengeti/IMG_0008.JPG',
      label: 'Struthio camelus',
      rank: 'species',
      decision: 'region_demoted',
      vision_label: 'Dromaius novaehollandiae',
      fusion: 'weighted',
      location_status: 'exif',
      regions: 'demo',
      model: 'demo',
    });
    expect(row?.presence).toBeGreaterThan(0.9);
    expect(row?.raw_labels).toHaveLength(15);
    expect(row?.cell).toMatch(/^87/);
  });

  test('the picture alone decides where regions are none, and nowhere else is the region left out', async () => {
    await bench.addPhotos('pantanal');
    await bench.run({ regions: 'none' });
    expect(
      await query('select distinct fusion, region_snapshot_id from nightjar.predictions'),
    ).toEqual([{ fusion: 'none', region_snapshot_id: null }]);
  });

  test('an overwritten photo is pending again, and its earlier version is no longer current', async () => {
    await bench.addPhotos('kruger/IMG_0001.JPG', 'kruger/IMG_0002.JPG');
    await bench.run();
    await appendFile(join(bench.photos, 'kruger/IMG_0001.JPG'), '\0');
    expect(await bench.run()).toMatchObject({ listed: 2, alreadyDone: 1, predicted: 1 });
    expect(await count('predictions')).toBe(3);
    expect(await count('current_predictions')).toBe(2);
  });

  test('a touched photo comes back under its first version without a new prediction', async () => {
    await bench.addPhotos('kruger/IMG_0001.JPG');
    const path = join(bench.photos, 'kruger/IMG_0001.JPG');
    await utimes(path, 1_700_000_000, 1_700_000_000);
    await bench.run();
    await utimes(path, 1_700_000_001, 1_700_000_001);
    await bench.run();
    await utimes(path, 1_700_000_000, 1_700_000_000);
    expect(await bench.run()).toMatchObject({ alreadyDone: 1, predicted: 0 });
    expect(
      await query('select superseded_at is null as current from nightjar.photos order by id'),
    ).toEqual([{ current: true }, { current: false }]);
  });

  test('a database that restarts in mid-run costs a moment, not the run', async () => {
    await bench.addPhotos('.');
    const cuts: Promise<unknown>[] = [];
    const summary = await bench.run(
      {},
      {
        onProgress: ({ predicted }) => {
          if (predicted < 16 * (cuts.length + 1)) return;
          const others = `select pg_terminate_backend(pid) from pg_stat_activity
            where datname = current_database() and pid <> pg_backend_pid()`;
          cuts.push(query(others));
        },
      },
    );
    expect((await Promise.all(cuts)).length).toBeGreaterThanOrEqual(2);
    expect(summary).toMatchObject({ status: 'done', predicted: 60, rejected: 1, pending: 0 });
    expect(await count('predictions')).toBe(60);
  });

  test('a deleted photo keeps its answer and is not listed', async () => {
    await bench.addPhotos('kruger/IMG_0001.JPG', 'kruger/IMG_0002.JPG');
    await bench.run();
    await rm(join(bench.photos, 'kruger/IMG_0001.JPG'));
    expect(await bench.run()).toMatchObject({ listed: 1, alreadyDone: 1 });
    expect(await count('current_predictions')).toBe(2);
  });

  test('a photo that vanishes between listing and fetching is rejected, the others are not', async () => {
    await bench.addPhotos('kruger');
    const summary = await bench.run(
      { errorBudget: 1 },
      {
        onProgress: ({ phase, predicted }) => {
          if (phase === 'predicting' && predicted === 0)
            void rm(join(bench.photos, 'kruger/IMG_0009.JPG'));
        },
      },
    );
    const codes = await query<{ code: string }>('select code from nightjar.rejects order by code');
    expect(summary.predicted + summary.rejected).toBe(9);
    expect(codes.map(({ code }) => code)).toContain('IMAGE_TRUNCATED');
  });

  test('--limit leaves the rest pending, and the next run goes on from there', async () => {
    await bench.addPhotos('serengeti');
    expect(await bench.run({}, { limit: 3 })).toMatchObject({
      status: 'done',
      listed: 8,
      predicted: 3,
      pending: 5,
    });
    expect(await bench.run()).toMatchObject({
      listed: 8,
      alreadyDone: 3,
      predicted: 5,
      pending: 0,
    });
  });

  test('a stopped run keeps what it finished, and the next one predicts only the rest', async () => {
    await bench.addPhotos('.');
    const controller = new AbortController();
    const stopped = await bench.run(
      {},
      {
        signal: controller.signal,
        onProgress: ({ predicted }) => predicted >= 8 && controller.abort(),
      },
    );
    expect(stopped.status).toBe('stopped');
    expect(stopped.predicted).toBeGreaterThanOrEqual(8);
    expect(stopped.pending).toBeGreaterThan(0);
    expect(stopped.predicted + stopped.rejected + stopped.pending).toBe(61);
    const rest = await bench.run();
    expect(rest).toMatchObject({ status: 'done', listed: 61, pending: 0 });
    expect(rest.predicted + stopped.predicted).toBe(60);
  });

  test('location: required rejects photos without a usable position and no others', async () => {
    await bench.addPhotos('uluru', 'yellowstone');
    const summary = await bench.run({ location: 'required', errorBudget: 1 });
    expect(summary).toMatchObject({ listed: 16, predicted: 14, rejected: 2 });
    const rows = await query(
      `select p.key, p.location_status, j.code from nightjar.rejects j
       join nightjar.photos p on p.id = j.photo_id order by p.key`,
    );
    expect(rows).toEqual([
      { key: 'uluru/IMG_0004.JPG', location_status: 'null_island', code: 'LOCATION_MISSING' },
      { key: 'yellowstone/IMG_0007.JPG', location_status: 'none', code: 'LOCATION_MISSING' },
    ]);
  });

  test('more rejects than the error budget allows are said, and the photos are kept', async () => {
    await bench.addPhotos('kruger');
    expect(await bench.run({ errorBudget: 0.1 })).toMatchObject({
      status: 'over_error_budget',
      predicted: 8,
      rejected: 1,
    });
  });

  test('broken, empty and foreign files are rejected one by one with their reasons', async () => {
    await bench.addPhotos('kruger/IMG_0001.JPG', 'kruger/IMG_0002.JPG');
    await writeFile(join(bench.photos, 'empty.jpg'), '');
    await writeFile(join(bench.photos, 'letter.jpg'), 'Dear colleague, the camera is broken.');
    await writeFile(join(bench.photos, 'notes.txt'), 'not a photo, and never listed');
    await truncate(join(bench.photos, 'kruger/IMG_0002.JPG'), 20_000);
    expect(await bench.run({ errorBudget: 1 })).toMatchObject({
      listed: 4,
      predicted: 1,
      rejected: 3,
    });
    const rows = await query('select stage, code from nightjar.rejects order by code');
    expect(rows).toEqual([
      { stage: 'extract', code: 'FORMAT_UNKNOWN' },
      { stage: 'extract', code: 'IMAGE_EMPTY' },
      { stage: 'transform', code: 'IMAGE_TRUNCATED' },
    ]);
  });

  test('a new model version makes everything pending for itself alone', async () => {
    await bench.addPhotos('kruger/IMG_0001.JPG');
    await bench.run();
    await query(`insert into nightjar.model_versions (model_id, version, sha256, manifest, labels)
      select model_id, '2', sha256, manifest, labels from nightjar.model_versions`);
    const [{ id } = { id: 0 }] = await query<{ id: number }>(
      `select id from nightjar.model_versions where version = '2'`,
    );
    const [photo] = await query<{ photo_id: string }>(`select photo_id from nightjar.predictions`);
    const versions = await bench.adapters.ledger.lookUpListed(
      bench.source,
      (await query<{ key: string; etag: string }>('select key, etag from nightjar.photos')).map(
        (p) => ({
          ...p,
          size: 1,
          lastModified: new Date(),
        }),
      ),
      { modelVersionId: id, reprocess: 'none', runId: null },
    );
    expect(versions).toMatchObject([{ photoId: photo?.photo_id, done: false, crashes: 0 }]);
  });

  test('asks the region once for each place and month, however many photos share it', async () => {
    await bench.addPhotos('kruger', 'pantanal');
    let statements = 0;
    const adapters = {
      ...bench.adapters,
      openRegions: async (...args: Parameters<typeof bench.adapters.openRegions>) => {
        const opened = await bench.adapters.openRegions(...args);
        if (!opened) return null;
        const { store } = opened;
        return {
          ...opened,
          store: {
            ...store,
            fetchFeatures: (queries: Parameters<typeof store.fetchFeatures>[0]) => {
              statements += queries.length;
              return store.fetchFeatures(queries);
            },
          },
        };
      },
    };
    await bench.run({ errorBudget: 1 }, { adapters });
    const [distinct] = await query<{ n: number }>(
      `select count(distinct (region_cell, extract(month from captured_local)))::int as n
       from nightjar.predictions join nightjar.photos on id = photo_id`,
    );
    expect(statements).toBeLessThan(16);
    expect(statements).toBeGreaterThanOrEqual(distinct?.n ?? 0);
  });
});

describe('a run that cannot begin', () => {
  test.each([
    [{ model: 'demo@9' }, 'MODEL_UNKNOWN'],
    [{ regions: 'atlantis' }, 'REGIONS_UNKNOWN'],
    [{ source: '/no/such/folder' }, 'SOURCE_UNREACHABLE'],
    [{ source: 'ftp://photos/' }, 'CONFIGURATION_INVALID'],
  ])('with %o fails as %s, says so in its row, and reads no photo', async (job, code) => {
    await bench.addPhotos('kruger/IMG_0001.JPG');
    await expect(bench.run(job)).rejects.toMatchObject({ code });
    const [row] = await query<{ status: string; error: string }>(
      'select status, error from nightjar.runs',
    );
    expect(row?.status).toBe('failed');
    expect(row?.error).toMatch(/^Expected/);
    expect(await count('photos')).toBe(0);
  });
});
