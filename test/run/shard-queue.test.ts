import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { openPgBossQueue } from '../../src/adapters/pg-boss-queue.ts';
import { openDatabase } from '../../src/adapters/postgres-database.ts';
import { SessionLocks } from '../../src/adapters/session-locks.ts';
import type { StartedRun } from '../../src/ledger.ts';
import { type ClaimedShard, type ShardedRun, ShardLost } from '../../src/ports.ts';
import { type OtherProcess, startOtherProcess } from '../helpers/other-process.ts';
import { openRunBench, type RunBench } from '../helpers/run-bench.ts';
import { list, shardedRun, specFor } from '../helpers/shards.ts';
import { silentLog } from '../helpers/silent-log.ts';

let bench: RunBench;
let run: ShardedRun;
let ids: string[];
let row: StartedRun;
const others: OtherProcess[] = [];

beforeEach(async () => {
  bench = await openRunBench();
  await bench.addPhotos('kruger');
  ids = (await list(bench)).map(({ photoId }) => photoId);
  const { ledger } = bench.adapters;
  const { runId } = await ledger.submit({
    job: 'nightly',
    kind: 'run',
    logicalTime: new Date(0),
    trigger: 'schedule',
    overlap: 'skip',
  });
  const started = await ledger.start(runId);
  if (typeof started === 'string') throw new Error(started);
  row = started;
  await row.pin(specFor(bench), { modelVersionId: 1, regionSnapshotId: null });
  run = shardedRun(runId);
});
afterEach(async () => {
  for (const other of others.splice(0)) await other.die();
  await row.release();
  await bench.close();
});

async function startOther(): Promise<OtherProcess> {
  const other = await startOtherProcess(bench);
  others.push(other);
  return other;
}

async function claim(): Promise<ClaimedShard> {
  const shard = await bench.adapters.queue.claim(run);
  if (!shard) throw new Error('expected a shard');
  return shard;
}

const load = (shard: ClaimedShard, last = false) =>
  bench.adapters.openPredictionStore({ ...run, regionSnapshotId: null }).load(shard, [], last);

const shardSizes = async () =>
  (
    await bench.test.database.query<{ size: number }>(
      'select cardinality(photo_ids) as size from nightjar.shards where finished_at is null order by index',
    )
  ).rows.map(({ size }) => size);

describe('a shard', () => {
  test('is claimed by one, with the photos that are pending', async () => {
    const { queue } = bench.adapters;
    await queue.enqueue(run.runId, [ids]);
    const shard = await claim();
    expect(shard.photos.map(({ id }) => id)).toEqual(ids);
    expect(shard).toMatchObject({ claims: 1, suspect: false });
    expect(await queue.claim(run)).toBeNull();
    expect(await queue.countOpen(run.runId)).toBe(1);
  });

  test('is finished in the transaction of its last batch', async () => {
    const { queue } = bench.adapters;
    await queue.enqueue(run.runId, [ids]);
    const shard = await claim();
    await load(shard);
    expect(await queue.countOpen(run.runId)).toBe(1);
    await load(shard, true);
    expect(await queue.countOpen(run.runId)).toBe(0);
    const { rows } = await bench.test.database.query(`select state from pgboss.job`);
    expect(rows).toEqual([{ state: 'completed' }]);
  });

  test('that was handed back is claimed again whole, and by its first holder not loaded any more', async () => {
    const { queue } = bench.adapters;
    await queue.enqueue(run.runId, [ids]);
    const first = await claim();
    await queue.giveBack(first);
    const second = await claim();
    expect(second).toMatchObject({ claims: 2, suspect: false });
    expect(second.photos).toHaveLength(ids.length);
    await expect(load(first, true)).rejects.toBeInstanceOf(ShardLost);
    await queue.giveBack(first); // says nothing about the second claim
    await load(second, true);
    expect(await queue.countOpen(run.runId)).toBe(0);
  });

  test('cannot be loaded once the run was closed over it', async () => {
    const { queue } = bench.adapters;
    await queue.enqueue(run.runId, [ids]);
    const shard = await claim();
    await queue.withdraw(run.runId);
    await expect(load(shard)).rejects.toBeInstanceOf(ShardLost);
  });

  test('whose worker died is cut into smaller ones, and comes after those that nobody has tried', async () => {
    const { queue } = bench.adapters;
    const other = await startOther();
    await queue.enqueue(run.runId, [ids.slice(0, 8), ids.slice(8)]);
    await other.ask({ claim: run.runId });
    expect(await queue.recover(run)).toBe(0); // as long as it lives
    await other.die();
    await expect.poll(() => queue.recover(run)).toBe(1);
    expect(await shardSizes()).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 1]);
    expect(await claim()).toMatchObject({ suspect: false, photos: [{ id: ids[8] }] });
    expect(await claim()).toMatchObject({ suspect: true, photos: [{ id: ids[0] }] });
  });

  test('of one photo that three workers died with makes that photo a reject, and no other', async () => {
    const { queue } = bench.adapters;
    await queue.enqueue(run.runId, [ids.slice(0, 1), ids.slice(1, 2)]);
    for (let death = 1; death <= 3; death++) {
      const other = await startOther();
      const holding = await other.ask({ claim: run.runId });
      if (holding?.photos[0]?.id !== ids[0]) await other.ask({ claim: run.runId });
      await bench.test.database.query(
        'update nightjar.shards set worker_id = null where $1 <> all (photo_ids)',
        [ids[0]],
      );
      await other.die();
      await expect.poll(() => queue.recover(run)).toBe(1);
    }
    const { rows } = await bench.test.database.query(
      'select photo_id::text, code, final from nightjar.rejects',
    );
    expect(rows).toEqual([{ photo_id: ids[0], code: 'PHOTO_CRASHES_WORKER', final: true }]);
  });

  test('is queued once, though the answer to the first time was lost', async () => {
    const { queue } = bench.adapters;
    const { database } = bench.test;
    await queue.enqueue(run.runId, [ids]);
    const { rows } = await database.query<{ job: string }>(
      'select job_id as job from nightjar.shards',
    );
    const again = JSON.stringify([{ job: rows[0]?.job, photos: ids.map(Number) }]);
    const { sql } = await import('../../src/adapters/postgres-database.ts');
    expect((await database.query(sql('add-shards'), [run.runId, again])).rows).toEqual([]);
    expect(await queue.countOpen(run.runId)).toBe(1);
  });
});

test('no more shards are in hands than a run allows, on all machines together', async () => {
  const { queue } = bench.adapters;
  await queue.enqueue(
    run.runId,
    ids.map((id) => [id]),
  );
  const bounded = { ...run, maxActive: 2 };
  const other = await startOther();
  const first = await queue.claim(bounded);
  expect(await other.ask({ claim: run.runId, options: { maxActive: 2 } })).not.toBeNull();
  expect(await queue.claim(bounded)).toBeNull();
  expect(await other.ask({ claim: run.runId, options: { maxActive: 2 } })).toBeNull();
  if (first) await load(first, true);
  expect(await queue.claim(bounded)).not.toBeNull();
});

test('a run that is taken up again has all its unfinished shards back, whoever held them', async () => {
  const { queue } = bench.adapters;
  const other = await startOther();
  await queue.enqueue(run.runId, [ids.slice(0, 3), ids.slice(3, 6), ids.slice(6)]);
  const finished = await claim();
  await load(finished, true); // nothing was written for its photos: they are still pending
  await other.ask({ claim: run.runId });
  const stale = await claim();
  await queue.requeue(run);
  const claimed = [await claim(), await claim(), await claim()];
  expect(claimed.flatMap(({ photos }) => photos.map(({ id }) => id)).sort()).toEqual(
    ids.toSorted(),
  );
  await expect(load(stale)).rejects.toBeInstanceOf(ShardLost);
});

test('the queue of a run that ended is removed, unless somebody is taking the run up again', async () => {
  const { queue, ledger } = bench.adapters;
  const { database } = bench.test;
  const queues = async () =>
    (
      await database.query<{ name: string }>(
        `select name from pgboss.queue where name like 'run-%'`,
      )
    ).rows;
  await queue.enqueue(run.runId, [ids]);
  await database.query(`update nightjar.runs set status = 'stopped'`);
  const peer = await bench.openPeer(); // the lock is still ours
  await peer.adapters.queue.cancelAbandoned();
  expect(await queues()).toHaveLength(1);
  await row.release();
  await peer.adapters.queue.cancelAbandoned();
  expect(await queues()).toEqual([]);
  await peer.close();
  expect(await ledger.find(run.runId)).toMatchObject({ status: 'stopped' });
});

test('a queue that is gone by the time it is removed is as good as removed', async () => {
  const { queue } = bench.adapters;
  const { database } = bench.test;
  await queue.enqueue(run.runId, [ids]);
  const name = `run-${run.runId}`;
  // As when the answer to the first try was lost: the queue is there when it is looked for, and gone after.
  const withdrawn = await database.transaction(async (client) => {
    await client.query('select pgboss.delete_queue($1)', [name]);
    await client.query(
      `select pg_advisory_xact_lock(('x' || encode(sha224(
         (current_database() || '.pgboss.pgbossdelete-queue')::bytea), 'hex'))::bit(64)::bigint)`,
    );
    const withdrawing = queue.withdraw(run.runId);
    await expect.poll(() => countWaiting(database)).toBe(1);
    return { withdrawing };
  });
  await withdrawn.withdrawing;
  const { rows } = await database.query('select from pgboss.queue where name = $1', [name]);
  expect(rows).toEqual([]);
});

async function countWaiting(database: RunBench['test']['database']): Promise<number | undefined> {
  const { rows } = await database.query<{ n: number }>(
    `select count(*)::integer as n from pg_locks
     where locktype = 'advisory' and not granted
       and database = (select oid from pg_database where datname = current_database())`,
  );
  return rows[0]?.n;
}

test('a queue whose database is gone is closed all the same: nothing keeps the process', async () => {
  const database = await openDatabase({ url: bench.test.url, log: silentLog });
  const options = { log: silentLog, heartbeatSeconds: 60, locks: new SessionLocks(database) };
  const queue = await openPgBossQueue(database, options);
  await queue.enqueue(run.runId, [ids]);
  expect(await queue.claim(run)).not.toBeNull();
  const name = new URL(bench.test.url).pathname.slice(1);
  const admin = await openDatabase({ url: inject('serverUrl'), log: silentLog });
  await admin.query(`alter database ${name} allow_connections false`);
  await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [
    name,
  ]);
  await queue.close();
  await database.close();
  await admin.query(`alter database ${name} allow_connections true`);
  await admin.close();
});
