import { type Database, sql } from './postgres-database.ts';
import { LOCKS } from './session-locks.ts';

/** Counted by one statement, each of which the server has to answer in time. */
const DAYS_AT_ONCE = 200;

/**
 * Counts anew the days whose predictions changed since they were counted last: by any run, of any model
 * version, by runs that died, or as photos were overwritten or came back. It costs the photos of those
 * days. Whoever reads meanwhile sees the counts as they were.
 */
export async function recountDays(database: Database): Promise<void> {
  await database.transaction(async (client) => {
    // A statement of its own: the next one must see what was committed while this one waited.
    await client.query('select pg_advisory_xact_lock($1, 0)', [LOCKS.counts]);
    await client.query('set local jit = off');
    const { rows } = await client.query<{ modelVersionId: number; days: string[] }>(
      sql('take-uncounted-days'),
    );
    for (const { modelVersionId, days } of rows) {
      for (let start = 0; start < days.length; start += DAYS_AT_ONCE) {
        const block = days.slice(start, start + DAYS_AT_ONCE);
        await client.query(sql('clear-counts'), [modelVersionId, block]);
        await client.query(sql('count-days'), [modelVersionId, block]);
      }
    }
  });
}
