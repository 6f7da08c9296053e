import { randomUUID } from 'node:crypto';
import { PgBoss } from 'pg-boss';
import { messageOf } from '../domain/errors.ts';
import type { Photo } from '../domain/photo.ts';
import {
  type ClaimedShard,
  type Log,
  type ShardClaim,
  type ShardedRun,
  ShardLost,
  type ShardQueue,
} from '../ports.ts';
import { type Database, type Queryable, sql } from './postgres-database.ts';
import { cutDeadShards, cutShard } from './postgres-dead-shards.ts';
import { PostgresWorker } from './postgres-worker.ts';
import { isFree, LOCKS, type SessionLocks } from './session-locks.ts';

/** What a job carries: the way to the manifest in `shards`, never the photos themselves. */
interface ShardJob {
  readonly shardId: string;
}

/** A shard with the job that stands for it. */
interface QueuedShard extends ShardJob {
  readonly job: string;
  readonly index: number;
}

/** One attempt at a job; once it was overtaken by another, pg-boss takes no more word of it. */
interface JobAttempt {
  readonly id: string;
  readonly retryCount: number;
}

/** How the queue treats workers it does not hear of. */
export interface ShardQueueOptions {
  readonly log: Log;
  /** A worker not heard of for so many seconds is taken for stuck, and its shard handed on. At least 10. */
  readonly heartbeatSeconds: number;
  /** Of this process: by them others see whether it lives. */
  readonly locks: SessionLocks;
}

/** A shard that takes longer than this is stuck, however lively its worker. */
const EXPIRE_SECONDS = 86_400;
/** pg-boss never gives up on a shard: what makes processes die is cut smaller and rejected by our own count. */
const RETRY_LIMIT = 1_000_000;
/** Jobs per insert. */
const ENQUEUE_BLOCK = 1000;
/** Finished jobs are of no more use: the shards and their outcomes are in nightjar's own tables. */
const DELETE_AFTER_SECONDS = 3600;

/** Creates or updates pg-boss' own schema `pgboss`; part of `nightjar migrate`. */
export async function migrateQueue(database: Database): Promise<void> {
  const boss = createBoss(database, { migrate: true, supervise: false });
  await boss.start();
  await boss.stop({ graceful: false, close: false });
}

/** The queue of shards on pg-boss, in the same PostgreSQL: one queue a run, so that whoever helps knows the model. */
export async function openPgBossQueue(
  database: Database,
  options: ShardQueueOptions,
): Promise<PgBossQueue> {
  const boss = createBoss(database, { migrate: false, supervise: true }, options.heartbeatSeconds);
  boss.on('error', (error) => options.log.warn('queue', { error: messageOf(error) }));
  await boss.start();
  return new PgBossQueue(boss, database, options);
}

/** What a batch's transaction asks of the queue. */
export interface ShardFence {
  /** Keeps the claim from being taken over until the transaction ends. @throws ShardLost */
  hold(client: Queryable, shard: ShardClaim): Promise<void>;
  /** Marks the shard as finished, in the manifest and on the queue. */
  finish(client: Queryable, shard: ShardClaim): Promise<void>;
}

/** See {@link ShardQueue}; what a transaction asks of it, see {@link ShardFence}. */
export class PgBossQueue implements ShardQueue, ShardFence {
  readonly #boss: PgBoss;
  readonly #database: Database;
  readonly #options: ShardQueueOptions;
  readonly #worker: PostgresWorker;

  constructor(boss: PgBoss, database: Database, options: ShardQueueOptions) {
    this.#boss = boss;
    this.#database = database;
    this.#options = options;
    this.#worker = new PostgresWorker(database, options.locks);
  }

  async enqueue(runId: string, shards: readonly (readonly string[])[]): Promise<void> {
    await this.#createQueue(runId);
    for (let from = 0; from < shards.length; from += ENQUEUE_BLOCK) {
      const block = shards
        .slice(from, from + ENQUEUE_BLOCK)
        .map((photos) => ({ job: randomUUID(), photos: photos.map(Number) }));
      await this.#database.transaction(async (client) => {
        const values = [runId, JSON.stringify(block)];
        const { rows } = await client.query<QueuedRow>(sql('add-shards'), values);
        await this.#insertJobs(client, runId, rows);
      });
    }
  }

  async requeue(run: ShardedRun): Promise<void> {
    const { runId, modelVersionId, reprocess } = run;
    await this.#createQueue(runId);
    await this.#database.transaction(async (client) => {
      await cutDeadShards(client, run);
      await client.query(sql('reopen-shards'), [runId, modelVersionId, reprocess]);
      await this.#queueJobless(client, runId);
    });
  }

  async claim(run: ShardedRun): Promise<ClaimedShard | null> {
    const workerId = await this.#worker.id();
    return this.#database.transaction(async (client) => {
      if (run.maxActive !== null && !(await mayClaim(client, run.runId, run.maxActive)))
        return null;
      for (;;) {
        const [job] = await this.#boss.fetch<ShardJob>(nameOf(run.runId), {
          batchSize: 1,
          db: dbOf(client),
        });
        if (!job) return null;
        const attempt: JobAttempt = { id: job.id, retryCount: job.retryCount };
        const shard = await this.#take(client, run, job.data.shardId, attempt, workerId);
        if (shard) return shard;
      }
    });
  }

  /** Null where the job is stale, or its shard died with its worker and was cut. */
  async #take(
    client: Queryable,
    run: ShardedRun,
    shardId: string,
    attempt: JobAttempt,
    workerId: string,
  ): Promise<ClaimedShard | null> {
    const { runId, modelVersionId, reprocess } = run;
    const { rows: locked } = await client.query<{ workerId: string | null }>(sql('lock-shard'), [
      shardId,
      attempt.id,
    ]);
    const holder = locked[0]?.workerId;
    const dead = holder && holder !== workerId && (await isFree(client, 'worker', holder));
    if (!locked[0] || dead) {
      await this.#boss.complete(nameOf(runId), attempt, null, { db: dbOf(client) });
      if (dead) await cutShard(client, run, shardId);
      if (dead) await this.#queueJobless(client, runId);
      return null;
    }
    const held = await client.query<{ claims: number }>(sql('hold-shard'), [shardId, workerId]);
    const { rows } = await client.query<Photo & { suspect: boolean }>(sql('list-shard-photos'), [
      shardId,
      modelVersionId,
      runId,
      reprocess,
    ]);
    return {
      shardId,
      runId,
      attempt,
      claims: held.rows[0]?.claims ?? 0,
      photos: rows.map(({ suspect, ...photo }) => photo),
      suspect: rows.some(({ suspect }) => suspect),
    };
  }

  async touch(shard: ShardClaim): Promise<void> {
    await this.#boss.touch(nameOf(shard.runId), shard.attempt as JobAttempt);
  }

  async hold(client: Queryable, shard: ShardClaim): Promise<void> {
    const values = [shard.shardId, await this.#worker.id(), shard.claims];
    const { rowCount } = await client.query(sql('fence-shard'), values);
    if (rowCount === 0) throw new ShardLost(shard.shardId);
  }

  async finish(client: Queryable, shard: ShardClaim): Promise<void> {
    await client.query(
      'update nightjar.shards set finished_at = coalesce(finished_at, now()) where id = $1',
      [shard.shardId],
    );
    const attempt = shard.attempt as JobAttempt;
    await this.#boss.complete(nameOf(shard.runId), attempt, null, { db: dbOf(client) });
  }

  async giveBack(shard: ShardClaim): Promise<void> {
    await this.#database.transaction(async (client) => {
      const { rowCount } = await client.query(
        `update nightjar.shards set worker_id = null
         where id = $1 and worker_id = $2 and claims = $3 and finished_at is null`,
        [shard.shardId, await this.#worker.id(), shard.claims],
      );
      if (rowCount === 0) return;
      const attempt = shard.attempt as JobAttempt;
      await this.#boss.fail(nameOf(shard.runId), attempt, null, { db: dbOf(client) });
    });
  }

  async recover(run: ShardedRun): Promise<number> {
    return this.#database.transaction(async (client) => {
      const found = await cutDeadShards(client, run, await this.#worker.id());
      if (found > 0) await this.#queueJobless(client, run.runId);
      return found;
    });
  }

  async countOpen(runId: string): Promise<number> {
    const { rows } = await this.#database.query<{ open: number }>(
      `select count(*)::integer as open from nightjar.shards
       where run_id = $1 and finished_at is null`,
      [runId],
    );
    return rows[0]?.open ?? 0;
  }

  async withdraw(runId: string): Promise<void> {
    await this.#database.query(
      `update nightjar.shards set worker_id = null, job_id = null
       where run_id = $1 and finished_at is null`,
      [runId],
    );
    await this.#deleteQueue(nameOf(runId));
  }

  async cancelAbandoned(): Promise<void> {
    const { rows } = await this.#database.query<{ name: string }>(sql('list-abandoned-queues'));
    for (const { name } of rows) {
      // Somebody may be taking the run up again in this very moment, and then needs its queue.
      const lock = await this.#options.locks.take('run', name.slice('run-'.length));
      if (!lock) continue;
      try {
        await this.#deleteQueue(name);
      } finally {
        await lock.release();
      }
    }
  }

  async close(): Promise<void> {
    await this.#worker.close();
    await this.#boss.stop({ graceful: false, close: false }).catch((error: unknown) => {
      this.#options.log.debug('queue', { error: messageOf(error) });
    });
  }

  /** Where it is there: pg-boss fails on one that is not, as when the answer to the first try was lost. */
  async #deleteQueue(name: string): Promise<void> {
    if (!(await this.#boss.getQueue(name))) return;
    try {
      await this.#boss.deleteQueue(name);
    } catch (error) {
      if (await this.#boss.getQueue(name)) throw error;
    }
  }

  async #createQueue(runId: string): Promise<void> {
    await this.#boss.createQueue(nameOf(runId), {
      policy: 'standard',
      retryLimit: RETRY_LIMIT,
      retryDelay: 0,
      expireInSeconds: EXPIRE_SECONDS,
      heartbeatSeconds: this.#options.heartbeatSeconds,
      deleteAfterSeconds: DELETE_AFTER_SECONDS,
    });
  }

  async #queueJobless(client: Queryable, runId: string): Promise<void> {
    const { rows } = await client.query<QueuedRow>(sql('give-jobs-to-shards'), [runId]);
    await this.#insertJobs(client, runId, rows);
  }

  async #insertJobs(
    client: Queryable,
    runId: string,
    shards: readonly QueuedShard[],
  ): Promise<void> {
    for (let from = 0; from < shards.length; from += ENQUEUE_BLOCK) {
      const jobs = shards.slice(from, from + ENQUEUE_BLOCK).map(({ job, shardId, index }) => ({
        id: job,
        data: { shardId } satisfies ShardJob,
        // In the order of the manifest, also after a resume. The pieces of a shard that died with its
        // worker have the highest indexes: what is innocent is done before them.
        priority: -index,
      }));
      await this.#boss.insert(nameOf(runId), jobs, { db: dbOf(client) });
    }
  }
}

type QueuedRow = QueuedShard & Record<string, unknown>;

/** Whether another shard of the run may be active. The lock makes one claimer count after the other. */
async function mayClaim(client: Queryable, runId: string, maxActive: number): Promise<boolean> {
  await client.query('select pg_advisory_xact_lock($1, $2::integer)', [LOCKS.claims, runId]);
  const { rows } = await client.query(sql('list-held-shards'), [runId]);
  return rows.length < maxActive;
}

function nameOf(runId: string): string {
  return `run-${runId}`;
}

/** pg-boss' word for something statements run on. */
function dbOf(client: Queryable) {
  return { executeSql: (text: string, values?: unknown[]) => client.query(text, values) };
}

function createBoss(
  database: Database,
  { migrate, supervise }: { migrate: boolean; supervise: boolean },
  heartbeatSeconds = 60,
): PgBoss {
  const lookEvery = Math.ceil(heartbeatSeconds / 2);
  return new PgBoss({
    superviseIntervalSeconds: lookEvery,
    monitorIntervalSeconds: lookEvery,
    db: dbOf(database),
    migrate,
    supervise,
    schedule: false,
    createSchema: migrate,
  });
}
