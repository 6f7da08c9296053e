import { afterAll, beforeAll, expect, test } from 'vitest';
import { sql } from '../../src/adapters/postgres-database.ts';
import { postgresRejects } from '../../src/adapters/postgres-rejects.ts';
import type { RejectFilter, RejectRecord } from '../../src/rejects.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';

/** More than several pages and batches hold; eight share each moment, as photos of a batch do. */
const REJECTS = 12_345;
const ANY: RejectFilter = {
  codes: null,
  runId: null,
  sources: null,
  modelVersionId: null,
  final: null,
};

let db: TestDatabase;
beforeAll(async () => {
  db = await createTestDatabase();
  await db.database.query(`insert into nightjar.models (name) values ('m')`);
  await db.database.query(`insert into nightjar.model_versions (model_id, version, sha256, manifest, labels)
    values (1, '1', '', '{}', '[]'), (1, '2', '', '{}', '[]')`);
  await db.database.query(`insert into nightjar.runs (job, logical_time, trigger, status)
    values ('nightly', now(), 'shell', 'done')`);
  await db.database.query(
    `insert into nightjar.photos (source, key, etag, size, last_modified)
     select 's3://photos/', n || '.jpg', '', 1, now() from generate_series(1, $1::integer * 4) n`,
    [REJECTS],
  );
  await db.database.query(
    `insert into nightjar.rejects (photo_id, model_version_id, run_id, stage, code, message, attempts,
       final, last_rejected_at)
     select 1 + n / 2, 1 + n % 2, 1, 'extract', case n % 3 when 0 then 'IMAGE_EMPTY' else 'FETCH_FAILED' end,
       'Expected a byte', 3, true, timestamptz '2026-11-21' + n / 8 * interval '1 microsecond'
     from generate_series(0, $1 - 1) n`,
    [REJECTS],
  );
  await db.database.query('analyze');
});
afterAll(() => db.drop());

async function listAll(filter: RejectFilter, limit: number): Promise<RejectRecord[]> {
  const pages: RejectRecord[] = [];
  for await (const page of postgresRejects(db.database).list(filter, limit)) {
    expect(page.length).toBeLessThanOrEqual(1000);
    pages.push(...page);
  }
  return pages;
}

test('pages hold every reject once, the newest first, however many share a moment', async () => {
  const all = await listAll(ANY, Number.POSITIVE_INFINITY);
  expect(all).toHaveLength(REJECTS);
  expect(new Set(all.map(({ photo, model }) => `${photo} ${model}`)).size).toBe(REJECTS);
  expect(all[0]?.key).toBe(`${1 + Math.floor((REJECTS - 1) / 2)}.jpg`);
  expect(all.at(-1)?.key).toBe('1.jpg');
  expect(await listAll(ANY, 1500)).toEqual(all.slice(0, 1500));
});

test('a page is read from where the last one ended, without sorting or reading the rest', async () => {
  const { rows } = await db.database.query<{ 'QUERY PLAN': string }>(
    `explain (analyze, costs off, timing off) ${sql('list-rejects')}`,
    [null, null, null, null, null, '2026-11-21 00:00:00.0007+00', '2800', 1, 1000],
  );
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
  expect(plan).toMatch(/Index Scan Backward using rejects_newest on rejects j \(actual rows=1000/);
  expect(plan).not.toMatch(/Sort|Seq Scan on (rejects|photos)/);
});

test('retry changes what is meant in batches, each reject once, and nothing else', async () => {
  const rejects = postgresRejects(db.database);
  const meant: RejectFilter = { ...ANY, codes: ['IMAGE_EMPTY'] };
  const expected = [
    { code: 'IMAGE_EMPTY', model: 'm@1', job: 'nightly', photos: 2058 },
    { code: 'IMAGE_EMPTY', model: 'm@2', job: 'nightly', photos: 2057 },
  ];
  expect(await rejects.countRetryable(meant)).toEqual(expected);
  expect(await rejects.retry(meant)).toEqual(expected);
  expect(await rejects.retry(meant)).toEqual([]);
  const { rows } = await db.database.query(`select code, attempts, final, count(*)::int as rejects
    from nightjar.rejects group by 1, 2, 3 order by 1`);
  expect(rows).toEqual([
    { code: 'FETCH_FAILED', attempts: 3, final: true, rejects: REJECTS - 4115 },
    { code: 'IMAGE_EMPTY', attempts: 0, final: false, rejects: 4115 },
  ]);
  const rest = await rejects.retry(ANY);
  expect(rest.reduce((sum, { photos }) => sum + photos, 0)).toBe(REJECTS - 4115);
});
