import { rm } from 'node:fs/promises';
import { openEmbeddedPostgres } from '../src/adapters/embedded-postgres.ts';
import { migrateQueue } from '../src/adapters/pg-boss-queue.ts';
import { type Database, openDatabase } from '../src/adapters/postgres-database.ts';
import { grantReader, migrate } from '../src/adapters/postgres-migrations.ts';
import { createTempFolder } from '../test/helpers/temp-folder.ts';
import { fillReads } from './fill-reads.ts';
import { time } from './report-plans.ts';

/** A server with predictions to read. */
export interface OpenedReads {
  readonly url: string;
  readonly database: Database;
  close(): Promise<void>;
}

const log = { debug() {}, info() {}, warn: console.warn, error: console.error };

/** @param keep a folder whose database is filled once and kept; null: a temporary one */
export async function openReads(photos: number, keep: string | null): Promise<OpenedReads> {
  const home = keep ?? (await createTempFolder('nightjar-bench-'));
  const server = await openEmbeddedPostgres(home);
  const database = await openDatabase({ url: server.url, log });
  await migrate(database);
  await migrateQueue(database);
  await grantReader(database);
  const { rowCount } = await database.query('select from nightjar.models limit 1');
  if (rowCount === 0) await time(`filling ${photos} photos`, () => fillReads(database, photos));
  return {
    url: server.url,
    database,
    async close() {
      await database.close();
      await server.release();
      if (!keep) await rm(home, { recursive: true, force: true });
    },
  };
}
