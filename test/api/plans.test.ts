import { latLngToCell } from 'h3-js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fillReads } from '../../bench/fill-reads.ts';
import { type ObservedPlan, observePlans } from '../../bench/observe-plans.ts';
import { type Database, openDatabase } from '../../src/adapters/postgres-database.ts';
import { postgresReads } from '../../src/adapters/postgres-reads.ts';
import type { PredictionFilter, Reads } from '../../src/reads.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';
import { silentLog } from '../helpers/silent-log.ts';

const PHOTOS = 100_000;
const PAGE = 50;
const CAMERA = [-35 + ((17 * 37) % 400) * 0.17, 10 + ((17 * 91) % 400) * 0.06] as const;
const around = (size: number) =>
  [CAMERA[1] - size, CAMERA[0] - size, CAMERA[1] + size, CAMERA[0] + size] as const;

let bench: TestDatabase;
let reader: Database;
let reads: Reads;
let plans: ObservedPlan[];
beforeAll(async () => {
  bench = await createTestDatabase();
  await fillReads(bench.database, PHOTOS);
  reader = await openDatabase({
    url: bench.url,
    reader: { statementTimeoutMs: 60_000 },
    log: silentLog,
  });
  reads = postgresReads(observePlans(reader, (plan) => plans.push(plan)));
}, 180_000);
afterAll(async () => {
  await reader.close();
  await bench.drop();
});

const ANY: PredictionFilter = {
  modelVersionIds: [1],
  labels: null,
  from: null,
  to: null,
  minScore: null,
  decisions: null,
  run: null,
  source: null,
  keyPrefix: null,
  box: null,
  cell: null,
};
const PRIVACY = { labels: ['Genus12 species12'], areas: [] };

/** Rows of photos and predictions that were looked at, in entries of an index or in the table. */
function countRows(): number {
  const scans = plans
    .flatMap((plan) => plan.scans)
    .filter(({ table }) => ['photos', 'predictions'].includes(table));
  expect(scans.filter(({ node }) => node === 'Seq Scan')).toEqual([]);
  return scans.reduce((sum, { rows }) => sum + rows, 0);
}

describe(`of ${PHOTOS} predictions, a page reads few`, () => {
  test.each<[string, number, Partial<PredictionFilter>]>([
    ['of all', 500, {}],
    ['of a common species', 2000, { labels: ['Genus0 species0'] }],
    ['of a rare species', 1500, { labels: ['Genus20 species20'] }],
    ['of a species nobody saw', 10, { labels: ['Ursus arctos'] }],
    ['of a week', 500, { from: '2025-03-01', to: '2025-03-08' }],
    ['of a camera', 2000, { keyPrefix: 'camera-017/' }],
    ['of a camera that is not there', 10, { keyPrefix: 'none/' }],
    [
      'of a rare species at a camera',
      1000,
      { labels: ['Genus20 species20'], keyPrefix: 'camera-017/' },
    ],
    ['of a run that is not there', 10, { run: '999999' }],
    ['of a source that is not there', 10, { source: 's3://none/' }],
    ['of a box around a camera', 30_000, { box: around(0.02) }],
    ['of a box in the sea', 0, { box: [-40, 10, -30, 20] }],
    ['of a rare species in a box', 2000, { labels: ['Genus20 species20'], box: around(1) }],
    ['of an area', 30_000, { cell: latLngToCell(...CAMERA, 5) }],
  ])('%s: %i at most', async (_, most, filter) => {
    plans = [];
    await reads.listPredictions({ ...ANY, ...filter }, PRIVACY, { after: null, limit: PAGE });
    expect(countRows(), JSON.stringify(plans)).toBeLessThanOrEqual(most);
  });

  test('however deep in it is', async () => {
    plans = [];
    const after = { time: '2024-07-01 00:00:00', photo: '1', model: '1' };
    const page = await reads.listPredictions(ANY, PRIVACY, { after, limit: PAGE });
    expect(page).toHaveLength(PAGE);
    expect(countRows()).toBeLessThanOrEqual(500);
  });
});

test('counts, species and areas read no prediction and no photo', async () => {
  plans = [];
  const filter = { ...ANY, firstDay: null, lastDay: null, areas: null };
  for (const dimensions of [['day', 'label'], ['area']] as const) {
    await reads.countPredictions(filter, { dimensions, width: 'day', resolution: 5 }, 20_000);
  }
  await reads.listSeenLabels([1]);
  await reads.listAreas(null);
  await reads.listAreas(PRIVACY.labels);
  expect(plans.length).toBeGreaterThan(4);
  expect(countRows()).toBe(0);
});
