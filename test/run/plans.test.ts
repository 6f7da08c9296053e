import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FilledLedger, fillLedger } from '../../bench/fill-ledger.ts';
import { listFilled } from '../../bench/list-filled.ts';
import { type ObservedPlan, observePlans } from '../../bench/observe-plans.ts';
import { endRun, openAdapters, planRun, startRun } from '../../bench/plan-run.ts';
import { type Database, sql } from '../../src/adapters/postgres-database.ts';
import { PostgresRunLedger } from '../../src/adapters/postgres-run-ledger.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';

const PHOTOS = 100_000;
const SOURCES = 4;
const SHARD_SIZE = 500;

let bench: TestDatabase;
let filled: FilledLedger;
let plans: ObservedPlan[];
let observed: Database;
beforeAll(async () => {
  bench = await createTestDatabase();
  filled = await fillLedger(bench.database, { photos: PHOTOS, sources: SOURCES, pending: 0 });
  await bench.database.query(`update nightjar.rejects set final = true where not final`);
  observed = observePlans(bench.database, (plan) => plans.push(plan));
}, 120_000);
afterAll(() => bench.drop());

/** Rows that a statement looked at in the large tables; none of these may be read from end to end. */
function rowsRead(statement: string): number {
  const same = plans.filter(({ name }) => name === statement);
  expect(same, statement).not.toEqual([]);
  const large = ['photos', 'predictions', 'rejects'];
  const scans = same.flatMap(({ scans }) => scans).filter(({ table }) => large.includes(table));
  expect(
    scans.filter(({ node }) => node === 'Seq Scan'),
    statement,
  ).toEqual([]);
  return scans.reduce((sum, { rows }) => sum + rows, 0);
}

describe(`with ${PHOTOS} photos that are done, neither photos nor predictions are read from end to end`, () => {
  test('by a run that finds nothing new, whose reconciling reads no photo at all', async () => {
    plans = [];
    const adapters = await openAdapters(bench.database);
    const ledger = new PostgresRunLedger(observed);
    const source = listFilled(filled.sources[0] ?? '', { photos: PHOTOS, sources: SOURCES });
    const [modelVersionId = 0] = filled.modelVersionIds;
    const opened = await startRun(source, modelVersionId, { ...adapters, ledger });
    const plan = await planRun(opened);
    const { counts } = await endRun(plan, opened);
    await adapters.queue.close();
    expect(counts).toMatchObject({ alreadyDone: PHOTOS / SOURCES, pending: 0, balanced: true });
    const listed = PHOTOS / SOURCES;
    expect(rowsRead('note-listed')).toBeLessThanOrEqual(4 * listed);
    expect(rowsRead('look-up-listed')).toBeLessThanOrEqual(3 * listed);
    expect(rowsRead('count-run')).toBe(0);
  });

  test('by counting a run of a tenth of them', async () => {
    plans = [];
    const [modelVersionId = 0] = filled.modelVersionIds;
    const viewer = { modelVersionId, reprocess: 'none', runId: filled.runId } as const;
    await new PostgresRunLedger(observed).count(filled.runId, viewer);
    expect(rowsRead('count-run')).toBeLessThanOrEqual(2 * (PHOTOS / 10));
  });

  test('by handing out a shard, by taking up a run again, and by cutting a dead one', async () => {
    plans = [];
    const [modelVersionId = 0] = filled.modelVersionIds;
    const { rows } = await bench.database.query<{ id: string }>(
      'select id::text as id from nightjar.shards order by index limit 1',
    );
    const shardId = rows[0]?.id;
    const keys = [modelVersionId, filled.runId, 'none'];
    await observed.query(sql('list-shard-photos'), [shardId, ...keys]);
    await observed.query(sql('blame-shard'), [shardId, ...keys, 3]);
    await observed.query(sql('reopen-shards'), [filled.runId, modelVersionId, 'none']);
    await observed.query(sql('list-open-runs'));
    expect(rowsRead('list-shard-photos')).toBeLessThanOrEqual(3 * SHARD_SIZE);
    expect(rowsRead('blame-shard')).toBeLessThanOrEqual(3 * SHARD_SIZE);
    expect(rowsRead('reopen-shards')).toBeLessThanOrEqual(2 * (PHOTOS / 10));
    expect(rowsRead('list-open-runs')).toBe(0);
  });
});
