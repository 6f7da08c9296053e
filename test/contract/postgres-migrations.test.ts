import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
