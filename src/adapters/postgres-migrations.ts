import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { messageOf, NightjarError } from '../domain/errors.ts';
import { packagePath } from './package-files.ts';
import {
  type Database,
  type Queryable,
  sql,
  sqlStateOf,
  withoutTimeout,
} from './postgres-database.ts';

/** One numbered file of `sql/migrations`. */
export interface Migration {
  readonly number: number;
  readonly name: string;
  readonly text: string;
  readonly sha256: string;
}

/** Any constant will do, as long as nothing else in the database locks it: "nightjar" in ASCII. */
const MIGRATION_LOCK = '7955997139953967474';

/** The migrations that ship, in order. */
async function listMigrations(): Promise<Migration[]> {
  const directory = packagePath('sql/migrations');
  const files = (await readdir(directory)).filter((file) => /^\d{4}_.+\.sql$/.test(file)).sort();
  return Promise.all(
    files.map(async (name) => {
      const text = await readFile(`${directory}/${name}`, 'utf8');
      const sha256 = createHash('sha256').update(text).digest('hex');
      return { number: Number(name.slice(0, 4)), name, text, sha256 };
    }),
  );
}

/**
 * Applies what is missing, each migration in a transaction of its own, one process at a time.
 *
 * @returns the migrations it applied
 * @throws MIGRATION_CHANGED when one that was applied earlier no longer reads the same
 * @throws DATABASE_NEWER when a newer nightjar has migrated it
 */
export async function migrate(database: Database): Promise<Migration[]> {
  const migrations = await listMigrations();
  const client = await database.connect();
  const session = withoutTimeout(client);
  try {
    await session.query('select pg_advisory_lock($1::bigint)', [MIGRATION_LOCK]);
    await session.query('create schema if not exists nightjar');
    await session.query(`create table if not exists nightjar.migrations (
      number integer primary key, name text not null, sha256 text not null,
      applied_at timestamptz not null default now())`);
    const missing = await listMissing(session, migrations);
    for (const migration of missing) await apply(session, migration);
    return missing;
  } finally {
    await session.query('select pg_advisory_unlock($1::bigint)', [MIGRATION_LOCK]).catch(() => {});
    client.release();
  }
}

/**
 * Makes the role `nightjar_reader` and lets it read the views. A hosted database may not let us:
 *
 * @returns what an administrator has to do instead; null when all is well
 */
export async function grantReader(database: Database): Promise<string | null> {
  try {
    await database.query(sql('grant-reader'));
    return null;
  } catch (error) {
    if (sqlStateOf(error) !== INSUFFICIENT_PRIVILEGE) throw error;
    return (
      `The role nightjar_reader, for dashboards, was not set up: ${messageOf(error)}. Let an administrator ` +
      'run `create role nightjar_reader nologin`, and then `nightjar migrate` again.'
    );
  }
}

/** SQLSTATE: the database's user may not do that. */
const INSUFFICIENT_PRIVILEGE = '42501';

/** The migrations that ship and are not applied yet; all of them on an empty database. Throws as `migrate`. */
export async function listPendingMigrations(database: Queryable): Promise<Migration[]> {
  const migrations = await listMigrations();
  const { rows } = await database.query<{ present: boolean }>(
    `select to_regclass('nightjar.migrations') is not null as present`,
  );
  return rows[0]?.present ? listMissing(database, migrations) : migrations;
}

async function listMissing(client: Queryable, migrations: Migration[]): Promise<Migration[]> {
  const { rows } = await client.query<{ number: number; sha256: string }>(
    'select number, sha256 from nightjar.migrations',
  );
  const applied = new Map(rows.map((row) => [row.number, row.sha256]));
  for (const migration of migrations) {
    const sha256 = applied.get(migration.number);
    if (sha256 !== undefined && sha256 !== migration.sha256) throw changed(migration);
  }
  const newest = migrations.at(-1)?.number ?? 0;
  const unknown = rows.map(({ number }) => number).filter((number) => number > newest);
  if (unknown.length > 0) throw newer(Math.max(...unknown), newest);
  return migrations.filter((migration) => !applied.has(migration.number));
}

async function apply(client: Queryable, migration: Migration): Promise<void> {
  await client.query('begin');
  try {
    await client.query(migration.text);
    await client.query(
      'insert into nightjar.migrations (number, name, sha256) values ($1, $2, $3)',
      [migration.number, migration.name, migration.sha256],
    );
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}

/** An older program would write rows that the newer one has other plans for. */
function newer(found: number, newest: number): NightjarError {
  return new NightjarError(
    'DATABASE_NEWER',
    `Expected a database that this nightjar knows, up to migration ${newest}, but it has migration ${found} of a newer one. ` +
      'Install the version that the other machines have.',
  );
}

function changed(migration: Migration): NightjarError {
  return new NightjarError(
    'MIGRATION_CHANGED',
    `Expected ${migration.name} as it was when it was applied but its content has changed. ` +
      'Migrations are immutable: restore the file and put the change in a new one.',
  );
}
