import type { PoolClient } from 'pg';
import type { ListedPhoto, Photo } from '../domain/photo.ts';
import type {
  ListedVersion,
  QueuedRun,
  RunClosing,
  RunCounts,
  RunLedger,
  RunPins,
  RunSubmission,
  StartedRun,
  SubmittedRun,
} from '../ledger.ts';
import type { QueuedShard } from '../ports.ts';
import { RUN_LOCK, sweepCrashedRuns } from './postgres-crashed-runs.ts';
import { type Database, type Queryable, sql, sqlStateOf } from './postgres-database.ts';
import { WATERMARK_LOCK } from './postgres-watermarks.ts';

/** First half of the advisory lock under which runs of one job are submitted and started. */
const JOB_LOCK = 1_852_401_513;
/** SQLSTATE: two runs of one job started in the same moment, and this one came second. */
const UNIQUE_VIOLATION = '23505';

/** The ledger in PostgreSQL. */
export class PostgresRunLedger implements RunLedger {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async submit(submission: RunSubmission): Promise<SubmittedRun> {
    const { job, logicalTime, trigger, overlap } = submission;
    await sweepCrashedRuns(this.#database);
    return this.#database.transaction(async (client) => {
      await lockJob(client, job);
      if (trigger === 'shell' || trigger === 'demo') {
        const waiting = await findUntaken(client, job);
        if (waiting) return waiting;
      }
      await client.query(sql('submit-run'), [job, logicalTime, trigger, overlap]);
      const { rows } = await client.query<SubmittedRun>(
        `select id::text as "runId", status from nightjar.runs where job = $1 and logical_time = $2`,
        [job, logicalTime],
      );
      if (!rows[0]) throw new Error('a run was submitted and is not there');
      return rows[0];
    });
  }

  async start(runId: string): Promise<StartedRun | 'busy' | 'taken'> {
    await sweepCrashedRuns(this.#database);
    // The lock lives as long as this client's connection: when the process dies, so does its claim.
    const client = await this.#database.connect();
    try {
      const { rows: lock } = await client.query<{ taken: boolean }>(
        'select pg_try_advisory_lock($1, $2::integer) as taken',
        [RUN_LOCK, runId],
      );
      if (!lock[0]?.taken) {
        client.release();
        return 'taken';
      }
      const { rows } = await client.query<{ started_at: Date }>(sql('start-run'), [runId]);
      if (rows[0]) {
        return new PostgresStartedRun(this.#database, client, runId, rows[0].started_at);
      }
    } catch (error) {
      if (sqlStateOf(error) !== UNIQUE_VIOLATION) {
        client.release(true);
        throw error;
      }
    }
    await releaseRun(client, runId);
    const { rows } = await this.#database.query<{ queued: boolean }>(
      `select status = 'queued' as queued from nightjar.runs where id = $1`,
      [runId],
    );
    return rows[0]?.queued ? 'busy' : 'taken';
  }

  async findLastTick(job: string): Promise<Date | null> {
    const { rows } = await this.#database.query<{ tick: Date | null }>(
      `select max(logical_time) as tick from nightjar.runs
       where job = $1 and trigger in ('schedule', 'catchup')`,
      [job],
    );
    return rows[0]?.tick ?? null;
  }

  async listQueued(): Promise<QueuedRun[]> {
    const { rows } = await this.#database.query<QueuedRun>(
      `select id::text as "runId", job, logical_time as "logicalTime"
       from nightjar.runs where status = 'queued' order by logical_time`,
    );
    return rows;
  }

  async noteListed(
    source: string,
    page: readonly ListedPhoto[],
    modelVersionId: number,
  ): Promise<ListedVersion[]> {
    await this.#database.query(sql('note-listed'), [
      source,
      page.map(({ key }) => key),
      page.map(({ etag }) => etag),
      page.map(({ size }) => size),
      page.map(({ lastModified }) => lastModified),
      WATERMARK_LOCK,
    ]);
    // A statement of its own: it must see what another run inserted a moment ago.
    return this.lookUpListed(source, page, modelVersionId);
  }

  async lookUpListed(
    source: string,
    page: readonly ListedPhoto[],
    modelVersionId: number,
  ): Promise<ListedVersion[]> {
    const { rows } = await this.#database.query<{
      photo_id: string;
      done: boolean;
      crashes: number;
    }>(sql('look-up-listed'), [
      source,
      page.map(({ key }) => key),
      page.map(({ etag }) => etag),
      modelVersionId,
    ]);
    return rows.map(({ photo_id, done, crashes }) => ({ photoId: photo_id, done, crashes }));
  }

  async addShards(
    runId: string,
    firstIndex: number,
    shards: readonly (readonly string[])[],
  ): Promise<QueuedShard[]> {
    const { rows } = await this.#database.query<{ shard_id: string }>(sql('add-shards'), [
      runId,
      firstIndex,
      JSON.stringify(shards),
    ]);
    return rows.map(({ shard_id }) => ({ shardId: shard_id }));
  }

  async openShard(shardId: string, modelVersionId: number): Promise<Photo[]> {
    const { rows } = await this.#database.query<
      Omit<Photo, 'lastModified'> & { last_modified: Date }
    >(sql('open-shard'), [shardId, modelVersionId]);
    return rows.map(({ last_modified, ...photo }) => ({ ...photo, lastModified: last_modified }));
  }

  async finishShard(shardId: string): Promise<void> {
    await this.#database.query('update nightjar.shards set finished_at = now() where id = $1', [
      shardId,
    ]);
  }

  async count(runId: string, modelVersionId: number): Promise<RunCounts> {
    const { rows } = await this.#database.query<
      Omit<RunCounts, 'doneElsewhere' | 'openShards'> & {
        done_elsewhere: number;
        open_shards: number;
      }
    >(sql('count-run'), [runId, modelVersionId]);
    if (!rows[0]) throw new Error('an aggregate without a row');
    const { done_elsewhere, open_shards, ...counts } = rows[0];
    return { ...counts, doneElsewhere: done_elsewhere, openShards: open_shards };
  }
}

class PostgresStartedRun implements StartedRun {
  readonly #database: Database;
  /** Holds the lock and does nothing else; null while a lost connection is being replaced. */
  #client: PoolClient | null = null;
  #released = false;
  readonly runId: string;
  readonly startedAt: Date;

  constructor(database: Database, client: PoolClient, runId: string, startedAt: Date) {
    this.#database = database;
    this.runId = runId;
    this.startedAt = startedAt;
    this.#hold(client);
  }

  #hold(client: PoolClient): void {
    this.#client = client;
    client.once('error', this.#onLoss);
  }

  readonly #onLoss = (): void => {
    this.#client?.release(true);
    this.#client = null;
    if (!this.#released) this.#retake().catch(() => {}); // the run's own statements will say it
  };

  /** The database restarted and forgot the lock: takes it again, so that the run still counts as alive. */
  async #retake(): Promise<void> {
    const client = await this.#database.connect();
    if (this.#released) return client.release();
    await client.query('select pg_try_advisory_lock($1, $2::integer)', [RUN_LOCK, this.runId]);
    this.#hold(client);
  }

  async pin({ source, modelVersionId, regionSnapshotId }: RunPins): Promise<void> {
    await this.#database.query(
      `update nightjar.runs set source = $2, model_version_id = $3, region_snapshot_id = $4
       where id = $1`,
      [this.runId, source, modelVersionId, regionSnapshotId],
    );
  }

  async close(closing: RunClosing): Promise<void> {
    const { status, listed, alreadyDone, predicted, rejected, pending, error } = closing;
    await this.#database.query(
      `update nightjar.runs
       set status = $2, listed = $3, already_done = $4, predicted = $5, rejected = $6,
           pending = $7, error = $8, finished_at = clock_timestamp()
       where id = $1`,
      [this.runId, status, listed, alreadyDone, predicted, rejected, pending, error],
    );
  }

  async release(): Promise<void> {
    this.#released = true;
    if (!this.#client) return;
    this.#client.removeListener('error', this.#onLoss);
    await releaseRun(this.#client, this.runId);
  }
}

async function releaseRun(client: PoolClient, runId: string): Promise<void> {
  try {
    await client.query('select pg_advisory_unlock($1, $2::integer)', [RUN_LOCK, runId]);
    client.release();
  } catch {
    client.release(true); // the connection is gone, and the lock with it
  }
}

/** A run of the job that waits while none is under way: its process died, or has yet to come. */
async function findUntaken(client: Queryable, job: string): Promise<SubmittedRun | null> {
  const { rows } = await client.query<SubmittedRun>(
    `select id::text as "runId", status from nightjar.runs
     where job = $1 and status = 'queued'
       and not exists (select from nightjar.runs where job = $1 and status = 'running')
     order by logical_time limit 1`,
    [job],
  );
  return rows[0] ?? null;
}

async function lockJob(client: Queryable, job: string): Promise<void> {
  await client.query('select pg_advisory_xact_lock($1, hashtext($2))', [JOB_LOCK, job]);
}
