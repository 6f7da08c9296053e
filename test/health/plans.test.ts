import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FilledLedger, fillLedger } from '../../bench/fill-ledger.ts';
import { type ObservedPlan, observePlans } from '../../bench/observe-plans.ts';
import { sql } from '../../src/adapters/postgres-database.ts';
import { readHealth } from '../../src/adapters/postgres-health.ts';
import { settleWatermark } from '../../src/adapters/postgres-watermarks.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';

const PHOTOS = 200_000;
const PENDING = 1000;

let bench: TestDatabase;
let filled: FilledLedger;
beforeAll(async () => {
  bench = await createTestDatabase();
  filled = await fillLedger(bench.database, { photos: PHOTOS, sources: 20, pending: PENDING });
  for (const source of filled.sources) {
    for (const modelVersionId of filled.modelVersionIds) {
      await settleWatermark(bench.database, { source, modelVersionId });
    }
  }
}, 180_000);
afterAll(() => bench.drop());

/** Rows of the large tables that may be looked at: those pending, under way and rejected, and a few. */
const ROWS_AT_MOST = 10_000;

function expectNoTableRead(plans: readonly ObservedPlan[]): void {
  const scans = plans.flatMap(({ name, scans }) =>
    scans
      .filter(({ table }) => ['photos', 'predictions'].includes(table))
      .map((scan) => ({ name, ...scan })),
  );
  expect(scans.filter(({ node }) => node === 'Seq Scan')).toEqual([]);
  const rows = scans.reduce((sum, scan) => sum + scan.rows, 0);
  expect(rows, JSON.stringify(scans)).toBeLessThan(ROWS_AT_MOST);
}

describe(`with ${PHOTOS} photos that are done, neither photos nor predictions are read from end to end`, () => {
  test('by the health', async () => {
    const plans: ObservedPlan[] = [];
    const health = await readHealth(observePlans(bench.database, (plan) => plans.push(plan)));
    const pending = health.sources.reduce((sum, source) => sum + source.pending, 0);
    const open = (PHOTOS - PENDING) / 1000;
    expect(health.sources).toHaveLength(40);
    expect(pending).toBe(2 * (PENDING + open));
    expect(plans.map(({ name }) => name)).toContain('count-pending');
    expectNoTableRead(plans);
  });

  test('by the health of a source that was silent while the others went on', async () => {
    const source = 's3://bench/3/';
    await bench.database.query(
      'update nightjar.photos set superseded_at = now() where source = $1 and id > 5000',
      [source],
    );
    await bench.database.query('update nightjar.watermarks set photo_id = 5000 where source = $1', [
      source,
    ]);
    await bench.database.query('vacuum analyze nightjar.photos');
    const plans: ObservedPlan[] = [];
    await readHealth(observePlans(bench.database, (plan) => plans.push(plan)));
    expectNoTableRead(plans);
  });

  test('by the list of runs', async () => {
    const plans: ObservedPlan[] = [];
    await observePlans(bench.database, (plan) => plans.push(plan)).query(sql('list-runs'), [10]);
    expectNoTableRead(plans);
  });

  test('by settling a watermark', async () => {
    const plans: ObservedPlan[] = [];
    const observed = observePlans(bench.database, (plan) => plans.push(plan));
    const [modelVersionId = 0] = filled.modelVersionIds;
    for (const source of filled.sources)
      await settleWatermark(observed, { source, modelVersionId });
    expect(plans).toHaveLength(20);
    expectNoTableRead(plans);
  });
});
