import type { ShardedRun } from '../ports.ts';
import { type Queryable, sql } from './postgres-database.ts';
import { isFree } from './session-locks.ts';

/**
 * A photo that was alone in hand this many times when the process died is taken for the cause. Not
 * fewer: power cuts and impatient people end processes too.
 */
const MAX_CRASHES_ALONE = 3;
/** Into how many pieces a shard is cut that died with its worker: 500 photos, 63, 8, 1. */
const PIECES = 8;

/**
 * Cuts every shard of the run whose worker is dead. The pieces have no job yet: a run under way queues
 * them, one that died leaves that to whoever takes it up again.
 *
 * @param self the worker that asks, alive also while it is taking a lost lock again
 * @returns how many shards were found
 */
export async function cutDeadShards(
  client: Queryable,
  run: ShardedRun,
  self: string | null = null,
): Promise<number> {
  const { rows } = await client.query<{ shardId: string; workerId: string }>(
    sql('list-held-shards'),
    [run.runId],
  );
  let found = 0;
  for (const { shardId, workerId } of rows) {
    if (workerId === self || !(await isFree(client, 'worker', workerId))) continue;
    const { rowCount } = await client.query(
      `select from nightjar.shards
       where id = $1 and worker_id = $2 and finished_at is null for update`,
      [shardId, workerId],
    );
    if (!rowCount) continue; // somebody else was faster
    await cutShard(client, run, shardId);
    found++;
  }
  return found;
}

/** Cuts one shard, which the transaction has locked: its photos without an outcome go into smaller ones. */
export async function cutShard(
  client: Queryable,
  { runId, modelVersionId, reprocess }: ShardedRun,
  shardId: string,
): Promise<void> {
  const { rows } = await client.query<{ photoId: string }>(sql('blame-shard'), [
    shardId,
    modelVersionId,
    runId,
    reprocess,
    MAX_CRASHES_ALONE,
  ]);
  const photos = rows.map(({ photoId }) => Number(photoId));
  const { rowCount: kept } = await client.query(sql('keep-done-of-shard'), [shardId, photos]);
  if (!kept) await client.query('delete from nightjar.shards where id = $1', [shardId]);
  const size = Math.ceil(photos.length / PIECES);
  const pieces: { job: null; photos: number[] }[] = [];
  for (let from = 0; from < photos.length; from += size) {
    pieces.push({ job: null, photos: photos.slice(from, from + size) });
  }
  await client.query(sql('add-shards'), [runId, JSON.stringify(pieces)]);
}
