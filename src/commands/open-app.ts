import { resolve } from 'node:path';
import { hasEmbeddedPostgres, openEmbeddedPostgres } from '../adapters/embedded-postgres.ts';
import { migrateQueue } from '../adapters/pg-boss-queue.ts';
import { type Database, openDatabase } from '../adapters/postgres-database.ts';
import { grantReader, listPendingMigrations, migrate } from '../adapters/postgres-migrations.ts';
import { type Config, loadConfig } from '../config.ts';
import { NightjarError } from '../domain/errors.ts';
import type { Log } from '../ports.ts';
import type { Shell } from './shell.ts';

/** What nearly every command needs: settings, log, database. */
export interface App {
  readonly config: Config;
  readonly log: Log;
  readonly database: Database;
  /** For people: where the database is, without its password. */
  readonly databaseName: string;
}

/** An app whose database others may be let read. */
export interface ServingApp extends App {
  /** More connections to it, that can only read, and whose statements have `statementTimeoutMs`. */
  openReader(): Promise<Database>;
}

/** What a command wants of its app. */
export interface AppOptions {
  /** Standard output is for the command's result alone. */
  readonly reserveOutput?: boolean;
  /** A first start: an empty database is no surprise. */
  readonly expectNew?: boolean;
  /** It is about what is there: a new, empty database is no answer. */
  readonly existing?: boolean;
  /** Do without a migrated database: `migrate` and `doctor`. */
  readonly unmigrated?: boolean;
  readonly flags?: Readonly<Record<string, unknown>>;
}

/**
 * Reads the configuration, opens the database, does the work, and closes everything again. Without
 * DATABASE_URL the embedded PostgreSQL is started, shared or stopped as needed, and kept migrated; a
 * database of your own is only ever migrated by `nightjar migrate`.
 *
 * @throws DATABASE_NOT_MIGRATED, DATABASE_NEWER, DATABASE_MISSING
 */
export async function withApp<T>(
  shell: Shell,
  options: AppOptions,
  work: (app: ServingApp) => Promise<T>,
): Promise<T> {
  const config = loadConfig({ cwd: shell.cwd, env: shell.env, flags: options.flags });
  const log = shell.openLog({ level: config.logLevel, reserveOutput: options.reserveOutput });
  const home = resolve(shell.cwd, config.home);
  if (!config.databaseUrl && options.existing) await assertEmbedded(home);
  const embedded = config.databaseUrl ? null : await openEmbeddedPostgres(home);
  if (embedded?.isNew && !options.expectNew) {
    log.warn('a new, empty database was made: is this the folder you meant?', {
      home: config.home,
    });
  }
  try {
    const url = config.databaseUrl ?? embedded?.url ?? '';
    const database = await openDatabase({
      url,
      poolSize: config.databasePoolSize,
      timeoutMs: config.databaseTimeoutMs,
      log,
    });
    try {
      if (embedded) await migrateAll(database);
      else if (!options.unmigrated) await assertMigrated(database);
      const databaseName = embedded ? `embedded in ${config.home}` : nameOf(url);
      const { databasePoolSize: poolSize, databaseTimeoutMs: timeoutMs } = config;
      const openReader = () => openDatabase({ url, poolSize, timeoutMs, reader: config, log });
      return await work({ config, log, database, databaseName, openReader });
    } finally {
      await database.close();
    }
  } finally {
    await embedded?.release();
  }
}

async function assertEmbedded(home: string): Promise<void> {
  if (await hasEmbeddedPostgres(home)) return;
  throw new NightjarError(
    'DATABASE_MISSING',
    `Expected an embedded database in ${home} but there is none. Run nightjar in the folder that has it, ` +
      'or check NIGHTJAR_HOME; for a server of your own set DATABASE_URL. `nightjar demo` or `nightjar migrate` makes a new one.',
  );
}

/** Brings nightjar's schema and the queue's up to date. @returns names of the migrations applied */
export async function migrateAll(database: Database): Promise<string[]> {
  const pending = await listPendingMigrations(database);
  const queueMissing = await isQueueMissing(database);
  if (pending.length === 0 && !queueMissing) return [];
  const applied = await migrate(database);
  await migrateQueue(database);
  await grantReader(database);
  return applied.map(({ name }) => name);
}

async function assertMigrated(database: Database): Promise<void> {
  const pending = await listPendingMigrations(database);
  if (pending.length === 0 && !(await isQueueMissing(database))) return;
  throw new NightjarError(
    'DATABASE_NOT_MIGRATED',
    `Expected a migrated database but ${pending.length || "the queue's"} migrations are missing. Run \`nightjar migrate\`.`,
  );
}

async function isQueueMissing(database: Database): Promise<boolean> {
  const { rows } = await database.query<{ missing: boolean }>(
    `select to_regclass('pgboss.version') is null as missing`,
  );
  return rows[0]?.missing ?? true;
}

function nameOf(url: string): string {
  const { hostname, port, pathname } = new URL(url);
  return `${hostname}${port && `:${port}`}${pathname}`;
}
