import { PgBoss } from 'pg-boss';
import { messageOf } from '../domain/errors.ts';
import type { ClaimedShard, Log, Queue, QueuedShard } from '../ports.ts';
import { type Database, sql } from './postgres-database.ts';

/** What a job carries: the way to the manifest in `shards`, never the photos themselves. */
interface ShardJob {
  readonly shardId: string;
}

/** One attempt at a job; once it was overtaken by another, pg-boss takes no more word of it. */
interface JobAttempt {
  readonly id: string;
  readonly retryCount: number;
}

/** A worker that has not been heard of for this long is taken for dead, and its shard handed on. */
const HEARTBEAT_SECONDS = 60;
/** A shard that takes longer than this is stuck, however lively its worker. */
const EXPIRE_SECONDS = 3600;
const RETRY_LIMIT = 3;
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
export async function openPgBossQueue(database: Database, log: Log): Promise<Queue> {
  const boss = createBoss(database, { migrate: false, supervise: true });
  boss.on('error', (error) => log.warn('queue', { error: messageOf(error) }));
  await boss.start();
  return new PgBossQueue(boss, database);
}

class PgBossQueue implements Queue {
  readonly #boss: PgBoss;
  readonly #database: Database;

  constructor(boss: PgBoss, database: Database) {
    this.#boss = boss;
    this.#database = database;
  }

  async enqueue(runId: string, shards: readonly QueuedShard[]): Promise<void> {
    const queue = nameOf(runId);
    await this.#boss.createQueue(queue, {
      policy: 'standard',
      retryLimit: RETRY_LIMIT,
      retryDelay: 5,
      retryBackoff: true,
      expireInSeconds: EXPIRE_SECONDS,
      heartbeatSeconds: HEARTBEAT_SECONDS,
      deleteAfterSeconds: DELETE_AFTER_SECONDS,
    });
    for (let from = 0; from < shards.length; from += ENQUEUE_BLOCK) {
      const block = shards.slice(from, from + ENQUEUE_BLOCK);
      await this.#boss.insert(
        queue,
        block.map(({ shardId }) => ({ data: { shardId } satisfies ShardJob })),
      );
    }
  }

  async claim(runId: string): Promise<ClaimedShard | null> {
    const [job] = await this.#boss.fetch<ShardJob>(nameOf(runId), { batchSize: 1 });
    if (!job) return null;
    const claim: JobAttempt = { id: job.id, retryCount: job.retryCount };
    return { runId, shardId: job.data.shardId, claim };
  }

  async touch(shard: ClaimedShard): Promise<void> {
    await this.#boss.touch(nameOf(shard.runId), shard.claim as JobAttempt);
  }

  async complete(shard: ClaimedShard): Promise<void> {
    await this.#boss.complete(nameOf(shard.runId), shard.claim as JobAttempt);
  }

  async giveBack(shard: ClaimedShard, reason: string): Promise<void> {
    await this.#boss.fail(nameOf(shard.runId), shard.claim as JobAttempt, { reason });
  }

  async countOpen(runId: string): Promise<number> {
    // pg-boss' own statistics are up to a minute old; its states are ordered, open ones first.
    const { rows } = await this.#database.query<{ open: number }>(
      `select count(*)::integer as open from pgboss.job where name = $1 and state < 'completed'`,
      [nameOf(runId)],
    );
    return rows[0]?.open ?? 0;
  }

  async cancel(runId: string): Promise<void> {
    const name = nameOf(runId);
    if (await this.#boss.getQueue(name)) await this.#boss.deleteQueue(name);
  }

  async cancelAbandoned(): Promise<void> {
    const { rows } = await this.#database.query<{ name: string }>(sql('list-abandoned-queues'));
    for (const { name } of rows) await this.#boss.deleteQueue(name);
  }

  async close(): Promise<void> {
    await this.#boss.stop({ graceful: false, close: false });
  }
}

function nameOf(runId: string): string {
  return `run-${runId}`;
}

function createBoss(
  database: Database,
  { migrate, supervise }: { migrate: boolean; supervise: boolean },
): PgBoss {
  return new PgBoss({
    db: { executeSql: (text, values) => database.query(text, values) },
    migrate,
    supervise,
    schedule: false,
    createSchema: migrate,
  });
}
