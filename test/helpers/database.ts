import { randomUUID } from 'node:crypto';
import { inject } from 'vitest';
import {
  type Database,
  openDatabase,
  withoutTimeout,
} from '../../src/adapters/postgres-database.ts';
import { silentLog } from './silent-log.ts';

/** A migrated database of a test file's own. */
export interface TestDatabase {
  readonly database: Database;
  readonly url: string;
  /** Drops it; fails when a connection leaked. */
  drop(): Promise<void>;
}

/** Clones the migrated template, or another database, on the server that all test files share. */
export async function createTestDatabase(template = 'nightjar_template'): Promise<TestDatabase> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await administer(`create database ${name} template ${template}`);
  const url = urlOf(name);
  const database = await openDatabase({ url, log: silentLog });
  return {
    database,
    url,
    async drop() {
      await database.close();
      await administer(`drop database ${name}`);
    },
  };
}

/**
 * A database that several test files need alike, made by whoever comes first; the others wait. It
 * lives as long as the server.
 *
 * @param fill is given the URL of a clone of the migrated template, and leaves no connection to it
 * @returns its URL
 */
export async function shareDatabase(
  name: string,
  fill: (url: string) => Promise<void>,
): Promise<string> {
  const admin = await openDatabase({ url: inject('serverUrl'), poolSize: 1, log: silentLog });
  const client = await admin.connect();
  try {
    const session = withoutTimeout(client);
    await session.query('select pg_advisory_lock(hashtext($1))', [name]);
    const known = await session.query('select from pg_database where datname = $1', [name]);
    if (known.rowCount === 0) {
      await session.query(`create database ${name}_new template nightjar_template`);
      await fill(urlOf(`${name}_new`));
      await session.query(`alter database ${name}_new rename to ${name}`);
    }
    return urlOf(name);
  } finally {
    client.release(true);
    await admin.close();
  }
}

function urlOf(name: string): string {
  const url = new URL(inject('serverUrl'));
  url.pathname = `/${name}`;
  return url.href;
}

async function administer(statement: string): Promise<void> {
  const admin = await openDatabase({ url: inject('serverUrl'), poolSize: 1, log: silentLog });
  try {
    await admin.query(statement);
  } finally {
    await admin.close();
  }
}
