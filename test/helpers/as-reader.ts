import type { Database } from '../../src/adapters/postgres-database.ts';

/** Runs a statement as someone who may read the views and nothing else. @returns its rows */
export async function askAsReader(
  database: Database,
  statement: string,
): Promise<Record<string, unknown>[]> {
  return database.transaction(async (client) => {
    await client.query('set local role nightjar_reader');
    await client.query('set transaction read only');
    return (await client.query<Record<string, unknown>>(statement)).rows;
  });
}
