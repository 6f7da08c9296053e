import { rm } from 'node:fs/promises';
import type { TestProject } from 'vitest/node';
import { openEmbeddedPostgres } from '../../src/adapters/embedded-postgres.ts';
import { migrateQueue } from '../../src/adapters/pg-boss-queue.ts';
import { openDatabase } from '../../src/adapters/postgres-database.ts';
import { grantReader, migrate } from '../../src/adapters/postgres-migrations.ts';
import { silentLog } from './silent-log.ts';
import { createTempFolder } from './temp-folder.ts';

declare module 'vitest' {
  interface ProvidedContext {
    serverUrl: string;
  }
}

/** Starts one real PostgreSQL for all test files and migrates the template they clone. */
export default async function startServer(project: TestProject): Promise<() => Promise<void>> {
  const home = await createTempFolder('nightjar-test-');
  const server = await openEmbeddedPostgres(home);
  const admin = await openDatabase({ url: server.url, log: silentLog });
  await admin.query('create database nightjar_template');
  await admin.close();
  const url = new URL(server.url);
  url.pathname = '/nightjar_template';
  const template = await openDatabase({ url: url.href, log: silentLog });
  await migrate(template);
  await migrateQueue(template);
  await grantReader(template);
  await template.close();
  project.provide('serverUrl', server.url);
  return async () => {
    await server.release();
    await rm(home, { recursive: true, force: true });
  };
}
