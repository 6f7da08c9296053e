import { randomUUID } from 'node:crypto';
import { inject } from 'vitest';
import { type Database, openDatabase } from '../../src/adapters/postgres-database.ts';
import { silentLog } from './silent-log.ts';

/** A migrated database of a test file's own. */
export interface TestDatabase {
  readonly database: Database;
  readonly url: string;
  /** Drops it; fails when a connection leaked. */
  drop(): Promise<void>;
}

/** Clones the migrated template on the server that all test files share. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  const serverUrl = inject('serverUrl');
  await administer(serverUrl, `create database ${name} template nightjar_template`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const database = await openDatabase({ url: url.href, log: silentLog });
  return {
    database,
    url: url.href,
    async drop() {
      await database.close();
      await administer(serverUrl, `drop database ${name}`);
    },
  };
}

async function administer(url: string, statement: string): Promise<void> {
  const admin = await openDatabase({ url, poolSize: 1, log: silentLog });
  try {
    await admin.query(statement);
  } finally {
    await admin.close();
  }
}
