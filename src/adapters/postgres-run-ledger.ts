import type { ListedPhoto } from '../domain/photo.ts';
import type {
  ClosedRun,
  FoundRun,
  InterruptedRun,
  ListedVersion,
  OpenRun,
  QueuedRun,
  RunCounts,
  RunKind,
  RunLedger,
  RunStatus,
  RunSubmission,
  StartedRun,
  SubmittedRun,
  Viewer,
} from '../ledger.ts';
import { sweepCrashedRuns } from './postgres-crashed-runs.ts';
import { recountDays } from './postgres-daily-counts.ts';
import { type Database, type Queryable, sql, sqlStateOf } from './postgres-database.ts';
import {
  PostgresStartedRun,
  reviveSpec,
  type StartedRow,
  type StoredSpec,
} from './postgres-started-run.ts';
import { settleWatermark } from './postgres-watermarks.ts';
import { LOCKS, type SessionLock, SessionLocks } from './session-locks.ts';

/** SQLSTATE: two runs of one job started in the same moment, and this one came second. */
const UNIQUE_VIOLATION = '23505';

/** How often, and how far apart, a run's lock is tried: who looks for the dead holds it for a moment. */
const LOOKS = 10;
const LOOK_WAIT_MS = 100;

/** Runs that wait, or may be gone on with. */
const STARTABLE: ReadonlySet<RunStatus> = new Set([
  'queued',
  'crashed',
  'stopped',
  'failed',
  'over_error_budget',
  'not_reconciled',
]);
/** In the order of their priority. */
const RUN_KINDS: readonly RunKind[] = ['run', 'backfill', 'rescore'];

type OpenRunRow = Omit<OpenRun, 'spec'> & { readonly spec: StoredSpec } & Record<string, unknown>;

/** The ledger in PostgreSQL. */
export class PostgresRunLedger implements RunLedger {
  readonly #database: Database;
  readonly #locks: SessionLocks;

  constructor(database: Database, locks: SessionLocks = new SessionLocks(database)) {
    this.#database = database;
    this.#locks = locks;
  }

  async submit(submission: RunSubmission): Promise<SubmittedRun> {
    const { job, kind = 'run', logicalTime, trigger, overlap } = submission;
    const { pauseAfterFailures = null } = submission;
    await sweepCrashedRuns(this.#database);
    return this.#database.transaction(async (client) => {
      await lockJob(client, job);
      const known = await findTick(client, job, kind, logicalTime);
      if (known) return known;
      if (kind === 'run' && (trigger === 'shell' || trigger === 'demo')) {
        const waiting = await findUntaken(client, job);
        if (waiting) return waiting;
      }
      const { rows } = await client.query<SubmittedRun>(sql('submit-run'), [
        job,
        logicalTime,
        trigger,
        overlap,
        pauseAfterFailures,
        kind,
      ]);
      if (!rows[0]) throw new Error('a run was submitted and is not there');
      return rows[0];
    });
  }

  async start(runId: string, from = STARTABLE): Promise<StartedRun | 'busy' | 'taken'> {
    await sweepCrashedRuns(this.#database);
    const lock = await this.#takeRun(runId);
    if (!lock) return 'taken';
    try {
      // Who says `running` and does not hold the lock has died, or is this very call, its answer lost.
      const startable = ['running', ...from];
      const { rows } = await this.#database.query<StartedRow>(sql('start-run'), [runId, startable]);
      if (rows[0]) return new PostgresStartedRun(this.#database, lock, { runId, ...rows[0] });
    } catch (error) {
      if (sqlStateOf(error) !== UNIQUE_VIOLATION) {
        await lock.release();
        throw error;
      }
    }
    await lock.release();
    const found = await this.find(runId);
    return found && from.has(found.status) ? 'busy' : 'taken';
  }

  /** Null when somebody holds the run for longer than a look whether anybody holds it. */
  async #takeRun(runId: string): Promise<SessionLock | null> {
    for (let look = 1; ; look++) {
      const lock = await this.#locks.take('run', runId);
      if (lock || look === LOOKS) return lock;
      await new Promise((resolve) => setTimeout(resolve, LOOK_WAIT_MS));
    }
  }

  async find(runId: string): Promise<FoundRun | null> {
    await sweepCrashedRuns(this.#database); // who died a moment ago does not run
    const { rows } = await this.#database.query<FoundRun & Record<string, unknown>>(
      'select job, kind, status from nightjar.runs where id = $1',
      [runId],
    );
    return rows[0] ?? null;
  }

  async sumUp(runId: string): Promise<ClosedRun> {
    const { rows } = await this.#database.query<ClosedRun & Record<string, unknown>>(
      sql('sum-up-run'),
      [runId],
    );
    if (!rows[0]) throw new Error(`run ${runId} is not there any more`);
    return rows[0];
  }

  async findLastTick(job: string): Promise<Date | null> {
    const { rows } = await this.#database.query<{ tick: Date | null }>(
      `select max(logical_time) as tick from nightjar.runs
       where job = $1 and kind = 'run' and trigger in ('schedule', 'catchup')`,
      [job],
    );
    return rows[0]?.tick ?? null;
  }

  async listQueued(): Promise<QueuedRun[]> {
    const { rows } = await this.#database.query<QueuedRun>(
      `select id::text as "runId", job, logical_time as "logicalTime"
       from nightjar.runs where kind = 'run' and status = 'queued' order by logical_time`,
    );
    return rows;
  }

  async listInterrupted(): Promise<InterruptedRun[]> {
    await sweepCrashedRuns(this.#database);
    return (await this.#database.query<InterruptedRun>(sql('list-interrupted-runs'))).rows;
  }

  async noteListed(
    source: string,
    page: readonly ListedPhoto[],
    viewer: Viewer,
  ): Promise<ListedVersion[]> {
    await this.#database.query(sql('note-listed'), [
      source,
      page.map(({ key }) => key),
      page.map(({ etag }) => etag),
      page.map(({ size }) => size),
      page.map(({ lastModified }) => lastModified),
      LOCKS.watermark,
    ]);
    // A statement of its own: it must see what another run inserted a moment ago.
    return this.lookUpListed(source, page, viewer);
  }

  async lookUpListed(
    source: string,
    page: readonly ListedPhoto[],
    { modelVersionId, runId, reprocess }: Viewer,
  ): Promise<ListedVersion[]> {
    const { rows } = await this.#database.query<ListedVersion & Record<string, unknown>>(
      sql('look-up-listed'),
      [
        source,
        page.map(({ key }) => key),
        page.map(({ etag }) => etag),
        modelVersionId,
        runId,
        reprocess,
      ],
    );
    return rows;
  }

  async count(runId: string, { modelVersionId, reprocess }: Viewer): Promise<RunCounts> {
    const { rows } = await this.#database.query<RunCounts & Record<string, unknown>>(
      sql('count-run'),
      [runId, modelVersionId, reprocess],
    );
    if (!rows[0]) throw new Error('an aggregate without a row');
    return rows[0];
  }

  async settle(source: string, modelVersionId: number, allListedSince: Date | null): Promise<void> {
    const options = { source, modelVersionId, ...(allListedSince && { allListedSince }) };
    await settleWatermark(this.#database, options);
  }

  async recount(): Promise<void> {
    await recountDays(this.#database);
  }

  async listOpen(): Promise<OpenRun[]> {
    const { rows } = await this.#database.query<OpenRunRow>(sql('list-open-runs'));
    return rows.map(({ spec, ...run }) => ({ ...run, spec: reviveSpec(spec) }));
  }

  async isPlanning(): Promise<boolean> {
    await sweepCrashedRuns(this.#database); // the dead plan nothing
    const { rowCount } = await this.#database.query(
      `select from nightjar.runs where status = 'running' and planned_at is null limit 1`,
    );
    return rowCount === 1;
  }

  async hasUrgentWork(kind: RunKind): Promise<boolean> {
    await sweepCrashedRuns(this.#database); // the dead do not hurry
    const first = RUN_KINDS.slice(0, RUN_KINDS.indexOf(kind));
    const { rows } = await this.#database.query<{ urgent: boolean }>(sql('has-urgent-work'), [
      first,
    ]);
    return rows[0]?.urgent ?? false;
  }
}

const FOUND_RUN = `id::text as "runId", status, skip_reason as "skipReason",
  false as created, false as "beginsPause"`;

/** The run that is there already for a tick. */
async function findTick(
  client: Queryable,
  job: string,
  kind: RunKind,
  logicalTime: Date,
): Promise<SubmittedRun | null> {
  const { rows } = await client.query<SubmittedRun>(
    `select ${FOUND_RUN} from nightjar.runs
     where job = $1 and kind = $2 and logical_time = $3`,
    [job, kind, logicalTime],
  );
  return rows[0] ?? null;
}

/** A run of the job that waits while none is under way: its process died, or has yet to come. */
async function findUntaken(client: Queryable, job: string): Promise<SubmittedRun | null> {
  const { rows } = await client.query<SubmittedRun>(
    `select ${FOUND_RUN} from nightjar.runs
     where job = $1 and kind = 'run' and status = 'queued'
       and not exists (select from nightjar.runs
                       where job = $1 and kind = 'run' and status = 'running')
     order by logical_time limit 1`,
    [job],
  );
  return rows[0] ?? null;
}

async function lockJob(client: Queryable, job: string): Promise<void> {
  await client.query('select pg_advisory_xact_lock($1, hashtext($2))', [LOCKS.job, job]);
}
