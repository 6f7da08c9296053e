import { type Database, type Queryable, sql } from './postgres-database.ts';
import { LOCKS } from './session-locks.ts';

/** Photos looked at under one hold of the lock, some 100 ms; listing the source waits meanwhile. */
const STEP = 20_000;

/** Whose watermark to settle. */
export interface WatermarkOptions {
  readonly source: string;
  readonly modelVersionId: number;
  /**
   * The start of a run that listed all of the source and dealt with every photo of it: reconciled,
   * none left out by a limit, and pending only what it rejected for now. A photo listed before that
   * start and still without an outcome is no longer in the source; it does not hold the watermark
   * back. Default: none is taken for gone.
   */
  readonly allListedSince?: Date;
}

/**
 * Moves the watermark up to the photo before the first one that has no outcome. To be called when a
 * run closes; costs what was done since the last time.
 *
 * Ids become visible out of order: a photo with a smaller id may be committed after a larger one
 * was predicted. So listing draws ids under a shared lock on the source, held until its commit, and
 * this takes it alone, before it looks: every smaller id is visible by then, or was given up.
 */
export async function settleWatermark(
  database: Database,
  { source, modelVersionId, allListedSince }: WatermarkOptions,
): Promise<void> {
  const values = [source, modelVersionId, STEP, allListedSince ?? null];
  let more = true;
  while (more) {
    more = await database.transaction(async (client) => {
      // A statement of its own: the next one must see what was committed while this one waited.
      await client.query('select pg_advisory_xact_lock($1, hashtext($2))', [
        LOCKS.watermark,
        source,
      ]);
      await planInOrder(client);
      const { rows } = await client.query<{ more: boolean }>(sql('settle-watermark'), values);
      return rows[0]?.more ?? false;
    });
  }
}

/**
 * For the rest of the transaction: what is to come in the order of an index is read by that index.
 * The planner cannot know how little is above a watermark, and would at times read the table and
 * sort.
 */
export async function planInOrder(client: Queryable): Promise<void> {
  await client.query('set local jit = off');
  await client.query('set local enable_sort = off');
  await client.query('set local enable_incremental_sort = off');
}
