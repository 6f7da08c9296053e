import type { OpenRun, Plan, RunClosing, RunSpec, StartedRun } from '../ledger.ts';
import { type Database, sql } from './postgres-database.ts';
import type { SessionLock } from './session-locks.ts';

/** A spec as it lies in `runs.job_spec`: times as text. */
export type StoredSpec = Omit<RunSpec, 'selection'> & {
  readonly selection: {
    readonly by: 'captured' | 'modified';
    readonly from: string;
    readonly to: string;
    readonly reverse: boolean;
  } | null;
};

/** What `start-run.sql` answers. */
export interface StartedRow extends Record<string, unknown> {
  readonly startedAt: Date;
  readonly attempts: number;
  readonly spec: StoredSpec | null;
  readonly plan: Pick<Plan, 'listed' | 'planned' | 'leftOut'> | null;
}

/** Reads a spec from the database. */
export function reviveSpec(stored: StoredSpec): RunSpec {
  const { selection } = stored;
  if (!selection) return { ...stored, selection };
  const { from, to, ...rest } = selection;
  return { ...stored, selection: { ...rest, from: new Date(from), to: new Date(to) } };
}

/** A run in this process's hands; its lock says so to everybody else. */
export class PostgresStartedRun implements StartedRun {
  readonly #database: Database;
  readonly #lock: SessionLock;
  readonly runId: string;
  readonly startedAt: Date;
  readonly attempts: number;
  readonly spec: RunSpec | null;
  readonly plan: Plan | null;

  constructor(database: Database, lock: SessionLock, row: StartedRow & { readonly runId: string }) {
    this.#database = database;
    this.#lock = lock;
    this.runId = row.runId;
    this.startedAt = row.startedAt;
    this.attempts = row.attempts;
    this.spec = row.spec && reviveSpec(row.spec);
    this.plan = row.plan && {
      ...row.plan,
      // The column goes on counting what others did meanwhile; planned was the rest.
      alreadyDone: row.plan.listed - row.plan.planned - row.plan.leftOut,
    };
  }

  async pin(
    spec: RunSpec,
    { modelVersionId, regionSnapshotId }: Pick<OpenRun, 'modelVersionId' | 'regionSnapshotId'>,
  ): Promise<void> {
    await this.#database.query(sql('pin-run'), [
      this.runId,
      spec.source,
      modelVersionId,
      regionSnapshotId,
      JSON.stringify(spec),
      spec.reprocess,
      spec.maxActive,
    ]);
  }

  async discardPlan(): Promise<void> {
    await this.#database.query('delete from nightjar.shards where run_id = $1', [this.runId]);
  }

  async notePlan({ listed, alreadyDone, planned, leftOut }: Plan): Promise<void> {
    await this.#database.query(
      `update nightjar.runs
       set listed = $2, already_done = $3, planned = $4, left_out = $5, planned_at = now()
       where id = $1`,
      [this.runId, listed, alreadyDone, planned, leftOut],
    );
  }

  async close(closing: RunClosing): Promise<void> {
    const { status, listed, alreadyDone, predicted, rejected, pending, error } = closing;
    await this.#database.query(
      `update nightjar.runs
       set status = $2, listed = coalesce($3, listed), already_done = coalesce($4, already_done),
           predicted = coalesce($5, predicted), rejected = coalesce($6, rejected),
           pending = case when $5::bigint is null then pending else $7 end, error = $8, finished_at = clock_timestamp()
       where id = $1`,
      [this.runId, status, listed, alreadyDone, predicted, rejected, pending, error],
    );
  }

  async release(): Promise<void> {
    await this.#lock.release();
  }
}
