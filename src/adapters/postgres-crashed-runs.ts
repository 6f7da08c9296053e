import { type Database, sql } from './postgres-database.ts';

/** First half of the advisory lock that a live run holds; the second half is the run's id. */
export const RUN_LOCK = 1_852_401_512;
/**
 * A photo that was alone in hand this many times when the process died is taken for the cause. Not
 * fewer: power cuts and impatient people end processes too.
 */
const MAX_CRASHES_ALONE = 3;

/** Runs that say `running` while nobody holds their lock have died: says so, and remembers with which photos. */
export async function sweepCrashedRuns(database: Database): Promise<void> {
  const { rows } = await database.query<{ id: string }>(
    `select id::text as id from nightjar.runs where status = 'running'`,
  );
  for (const { id } of rows) {
    await database.transaction(async (client) => {
      const { rows: lock } = await client.query<{ free: boolean }>(
        'select pg_try_advisory_xact_lock($1, $2::integer) as free',
        [RUN_LOCK, id],
      );
      if (!lock[0]?.free) return;
      const { rowCount } = await client.query(
        `update nightjar.runs set status = 'crashed', finished_at = now(),
           error = 'the process ended, or lost the database, without closing the run'
         where id = $1 and status = 'running'`,
        [id],
      );
      if (rowCount) await client.query(sql('blame-crashed-run'), [id, MAX_CRASHES_ALONE]);
    });
  }
}
