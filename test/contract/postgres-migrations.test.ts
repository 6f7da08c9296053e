import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cellToParent } from 'h3-js';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { listPendingMigrations, migrate } from '../../src/adapters/postgres-migrations.ts';
import { runCli } from '../helpers/cli.ts';
import { createTestDatabase, type TestDatabase } from '../helpers/database.ts';

let own: TestDatabase;
beforeEach(async () => {
  own = await createTestDatabase();
});
afterEach(() => own.drop());

test('a database of another time, brought up to date, is the same as a new one', async () => {
  const { database } = own;
  const shape = async () =>
    (
      await database.query(`select table_name, column_name, data_type, is_nullable
        from information_schema.columns where table_schema = 'nightjar' order by 1, 2`)
    ).rows;
  const before = await shape();
  await database.query('drop schema nightjar cascade');
  const pending = await listPendingMigrations(database);
  const applied = await Promise.all([migrate(database), migrate(database)]); // one at a time, once
  expect(applied.flat().map(({ name }) => name)).toEqual(pending.map(({ name }) => name));
  expect(await listPendingMigrations(database)).toEqual([]);
  expect(await shape()).toEqual(before);
});

test('a migration that was changed after it was applied is refused', async () => {
  await own.database.query(`update nightjar.migrations set sha256 = 'other' where number = 1`);
  await expect(migrate(own.database)).rejects.toMatchObject({ code: 'MIGRATION_CHANGED' });
});

test('a database that a newer nightjar migrated is refused by every command', async () => {
  const cwd = await mkdtemp(join(tmpdir(), 'nightjar-newer-'));
  await own.database.query(
    `insert into nightjar.migrations (number, name, sha256) values (9999, '9999_later.sql', 'x')`,
  );
  for (const command of ['migrate', 'status']) {
    const { code, stderr } = await runCli([command], { cwd, env: { DATABASE_URL: own.url } });
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/has migration 9999 of a newer one. Install the version/),
    });
  }
  await rm(cwd, { recursive: true });
});

test('a database with predictions gets their times, areas, counts and the areas of their labels', async () => {
  const { database } = own;
  await database.query('drop schema nightjar cascade');
  await applyBy(database, ['0001_initial.sql', '0002_life_of_a_run.sql', '0003_rejects.sql']);
  await database.query(`
    insert into nightjar.models (name) values ('made');
    insert into nightjar.model_versions (model_id, version, sha256, manifest, labels) values (1, '1', 'x', '{}', '[]');
    insert into nightjar.runs (job, logical_time, trigger, status) values ('made', now(), 'shell', 'done');
    insert into nightjar.photos (source, key, etag, size, last_modified, captured_local, captured_at, cell, superseded_at)
    values ('s3://a/', 'local', 'x', 1, now(), '2026-03-01 23:30', '2026-03-01 22:30Z', '87bd0b6d6ffffff', null),
      ('s3://a/', 'utc', 'x', 1, now(), null, '2026-03-01 22:30Z', '87bd0b6d6ffffff', null),
      ('s3://a/', 'unknown', 'x', 1, now(), null, null, null, null),
      ('s3://a/', 'old', 'x', 1, now(), '2026-03-01 12:00', null, '871f1d489ffffff', now());
    insert into nightjar.predictions (photo_id, model_version_id, run_id, label, rank, score, decision,
      vision_label, vision_score, fusion, raw_labels, raw_scores)
    select id, 1, 1, 'Vulpes vulpes', 'species', 0.5, 'vision', 'Canis lupus', 0.5, 'none', '{0}', '{0.5}'
    from nightjar.photos`);
  await migrate(database);
  const read = async (text: string) => (await database.query(text)).rows;
  const area = cellToParent('87bd0b6d6ffffff', 5);
  const former = cellToParent('871f1d489ffffff', 5);
  expect(
    await read('select captured::text, area from nightjar.predictions order by photo_id'),
  ).toEqual([
    { captured: '2026-03-01 23:30:00', area },
    { captured: '2026-03-01 22:30:00', area },
    { captured: '-infinity', area: null },
    { captured: '2026-03-01 12:00:00', area: former },
  ]);
  expect(
    await read('select day::text, area, photos, score_sum from nightjar.daily_counts order by day'),
  ).toEqual([
    { day: '-infinity', area: null, photos: 1, score_sum: 0.5 },
    { day: '2026-03-01', area, photos: 2, score_sum: 1 },
  ]);
  expect(
    await read(`select label, area from nightjar.label_areas order by area = $$${former}$$, label`),
  ).toEqual([
    { label: 'Canis lupus', area },
    { label: 'Vulpes vulpes', area },
    { label: 'Canis lupus', area: former },
    { label: 'Vulpes vulpes', area: former },
  ]);
});

/** As an older nightjar did. */
async function applyBy(
  database: TestDatabase['database'],
  names: readonly string[],
): Promise<void> {
  await database.query('create schema nightjar');
  await database.query(`create table nightjar.migrations (number integer primary key, name text not null,
    sha256 text not null, applied_at timestamptz not null default now())`);
  for (const name of names) {
    const text = await readFile(`sql/migrations/${name}`, 'utf8');
    await database.query(text);
    const sha256 = createHash('sha256').update(text).digest('hex');
    await database.query(
      'insert into nightjar.migrations (number, name, sha256) values ($1, $2, $3)',
      [Number(name.slice(0, 4)), name, sha256],
    );
  }
}
