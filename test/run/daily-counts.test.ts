import { copyFile, mkdir, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { cellToParent, latLngToCell } from 'h3-js';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { promoteModel } from '../../src/adapters/postgres-model-registry.ts';
import type { RunLedger } from '../../src/ledger.ts';
import type { RunAdapters } from '../../src/run/context.ts';
import { DEMO_PHOTOS, openRunBench, type RunBench } from '../helpers/run-bench.ts';

const PHOTOS = [
  'kruger/IMG_0001.JPG',
  'kruger/IMG_0002.JPG',
  'yala/IMG_0001.JPG',
  'uluru/IMG_0001.JPG',
  'pantanal/IMG_0001.JPG',
  'pantanal/IMG_0002.JPG',
];

let bench: RunBench;
beforeEach(async () => {
  bench = await openRunBench({ NIGHTJAR_BATCH_SIZE: '2', NIGHTJAR_SHARD_SIZE: '3' });
  await bench.addModelVersion('2');
});
afterEach(() => bench.close());

/** Counts as they are kept, or as they ought to be, in comparable form. */
async function readCounts(from: 'kept' | 'made anew'): Promise<unknown[]> {
  const kept = `select model_version_id, source, day, area, label, common_name, rank, decision, photos, score_sum
    from nightjar.daily_counts`;
  const anew = `select r.model_version_id, p.source,
      coalesce(p.captured_local, p.captured_at at time zone 'UTC', '-infinity')::date as day,
      nightjar.area_of(p.cell) as area, r.label, r.common_name, r.rank, r.decision,
      count(*)::integer as photos, sum(r.score) as score_sum
    from nightjar.predictions r join nightjar.photos p on p.id = r.photo_id
    where p.superseded_at is null group by 1, 2, 3, 4, 5, 6, 7, 8`;
  const { rows } = await bench.test.database.query(
    `select model_version_id, source, day::text, area, label, common_name, rank, decision, photos,
       round(score_sum::numeric, 3)::text as score_sum
     from (${from === 'kept' ? kept : anew}) c order by 1, 2, 3, 4, 5, 6, 7, 8`,
  );
  return rows;
}

/** The same without areas, as they are kept and as the areas add up. */
async function readTotals(from: 'kept' | 'added up'): Promise<unknown[]> {
  const { rows } = await bench.test.database.query(
    `select model_version_id, source, day::text, label, max(common_name) as common_name, rank, decision,
       sum(photos)::integer as photos, round(sum(score_sum)::numeric, 3)::text as score_sum
     from nightjar.${from === 'kept' ? 'daily_totals' : 'daily_counts'}
     group by 1, 2, 3, 4, 6, 7 order by 1, 2, 3, 4, 6, 7`,
  );
  return rows;
}

/** As when the process dies after its last batch, before it counts. */
function withoutCounting(adapters: RunAdapters): RunAdapters {
  const ledger = new Proxy(adapters.ledger, {
    get(target, name) {
      if (name === 'recount') return async () => {};
      const value = target[name as keyof RunLedger] as unknown;
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return { ...adapters, ledger };
}

/** Puts the photo `as` where photo `key` is, with the time it has had there before: the same version again. */
async function put(key: string, as: string): Promise<void> {
  const path = join(bench.photos, key);
  await mkdir(dirname(path), { recursive: true });
  await copyFile(join(DEMO_PHOTOS, as), path);
  const { size } = await stat(path);
  await utimes(path, new Date(1e12 + size), new Date(1e12 + size));
}

const everything = {
  by: 'modified',
  from: new Date(0),
  to: new Date('2100-01-01'),
  reverse: false,
} as const;
/** What may happen to an installation; each leaves it for the next. */
const EVENTS: Record<string, (one: string, other: string) => Promise<unknown>> = {
  'a run': () => bench.run(),
  'a run that dies before it counts': () =>
    bench.run({}, { adapters: withoutCounting(bench.adapters) }),
  'a run that is stopped': () => {
    const controller = new AbortController();
    return bench.run(
      {},
      {
        signal: controller.signal,
        onProgress: ({ predicted }) => predicted > 0 && controller.abort(),
      },
    );
  },
  'a photo that is put there, overwritten or comes back': put,
  'a photo that is deleted': (one) => rm(join(bench.photos, one), { force: true }),
  'reprocessing with the clock in another zone': () =>
    bench.run(
      { model: 'demo@1' },
      { kind: 'backfill', selection: everything, reprocess: 'completed' },
    ),
  'another version by the way': () => bench.run({ model: 'demo@2' }),
  'a promoted model': (one) => promoteModel(bench.test.database, one < 'q' ? 'demo@2' : 'demo@1'),
  'positions that are read again': async (one) => {
    const cell = latLngToCell(one.length, -one.length, 7);
    await bench.test.database.query(
      `update nightjar.photos set latitude = $2::float8, longitude = -$2::float8, cell = $3, captured_local = captured_local - interval '1 day'
       where key = $1`,
      [one, one.length, cell],
    );
  },
};

test('after whatever happens, the days count what a plain group by finds', async () => {
  const event = fc.tuple(
    fc.constantFrom(...Object.keys(EVENTS)),
    fc.constantFrom(...PHOTOS),
    fc.constantFrom(...PHOTOS),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(event, { minLength: 4, maxLength: 7 }), async (events) => {
      for (const photo of PHOTOS.slice(0, 3)) await put(photo, photo);
      for (const [name, one, other] of [['a run', '', ''] as const, ...events]) {
        await EVENTS[name]?.(one, other);
      }
      await bench.adapters.ledger.recount();
      const kept = await readCounts('kept');
      expect(kept).toEqual(await readCounts('made anew'));
      expect(await readTotals('kept')).toEqual(await readTotals('added up'));
      expect(kept.length).toBeGreaterThan(0);
    }),
    { numRuns: 4 },
  );
}, 240_000);

test('a run counts what one that died before it has loaded, and what was overwritten for another model', async () => {
  await put('a.jpg', PHOTOS[0] ?? '');
  await put('b.jpg', PHOTOS[1] ?? '');
  await bench.run({ model: 'demo@2' });
  await bench.run({}, { adapters: withoutCounting(bench.adapters) });
  expect(await readCounts('kept')).not.toEqual(await readCounts('made anew'));
  await put('a.jpg', PHOTOS[2] ?? '');
  await bench.run();
  expect(await readCounts('kept')).toEqual(await readCounts('made anew'));
});

test('counting costs the days that changed, and nothing where none did', async () => {
  await bench.addPhotos('kruger');
  await bench.run();
  const { database } = bench.test;
  const rows = async () =>
    (await database.query('select ctid, day from nightjar.daily_counts')).rows;
  const before = await rows();
  await bench.adapters.ledger.recount();
  await bench.run();
  expect(await rows()).toEqual(before);
  expect((await database.query('select from nightjar.uncounted_days')).rowCount).toBe(0);
});

test('batches that load at the same time as days are counted are counted by the next', async () => {
  await bench.addPhotos('kruger', 'yala', 'uluru');
  let counting = true;
  const recounting = (async () => {
    while (counting) await bench.adapters.ledger.recount();
  })();
  await Promise.all([bench.run({ name: 'one' }), bench.run({ name: 'two', model: 'demo@2' })]);
  counting = false;
  await recounting;
  await bench.adapters.ledger.recount();
  expect(await readCounts('kept')).toEqual(await readCounts('made anew'));
});

test('the area of a cell is its parent of resolution 5, anywhere on Earth', async () => {
  const cells = fc
    .sample(
      fc.tuple(
        fc.double({ min: -90, max: 90, noNaN: true }),
        fc.double({ min: -180, max: 180, noNaN: true }),
        fc.integer({ min: 5, max: 15 }),
      ),
      2000,
    )
    .map(([latitude, longitude, resolution]) => latLngToCell(latitude, longitude, resolution));
  const { rows } = await bench.test.database.query<{ area: string }>(
    'select nightjar.area_of(cell) as area from unnest($1::text[]) with ordinality as c(cell, n) order by n',
    [cells],
  );
  expect(rows.map(({ area }) => area)).toEqual(cells.map((cell) => cellToParent(cell, 5)));
});
