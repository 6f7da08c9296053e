import { expect } from 'vitest';
import type { Queryable } from '../../src/adapters/postgres-database.ts';

/** The final table of a database in a form that two databases can be compared by: no ids, runs or times of working. */
export interface ResultTable {
  /** One a current photo with a prediction, by key. */
  readonly predictions: readonly Record<string, unknown>[];
  /** One a current photo with a reject, by key. */
  readonly rejects: readonly Record<string, unknown>[];
}

/** Reads what the current photos of all sources came to, for all models. */
export async function readResultTable(database: Queryable): Promise<ResultTable> {
  const { rows: predictions } = await database.query(`
    select p.key, m.name || '@' || v.version as model, v.sha256, s.name as regions,
      r.label, r.common_name, r.rank, r.score, r.decision, r.vision_label, r.vision_score,
      r.presence, r.vision_presence, r.region_cell, r.region_month, r.fusion,
      r.raw_labels, r.raw_scores,
      p.format, p.width, p.height, p.orientation, p.captured_at, p.captured_local, p.utc_offset,
      p.utc_offset_source, p.latitude, p.longitude, p.location_status, p.position_problem, p.cell,
      p.camera_make, p.camera_model, encode(p.content_sha256, 'hex') as content_sha256, p.size
    from nightjar.predictions r
    join nightjar.photos p on p.id = r.photo_id and p.superseded_at is null
    join nightjar.model_versions v on v.id = r.model_version_id
    join nightjar.models m on m.id = v.model_id
    left join nightjar.region_snapshots s on s.id = r.region_snapshot_id
    order by p.key, model`);
  const { rows: rejects } = await database.query(`
    select p.key, m.name || '@' || v.version as model, j.stage, j.code, j.final, j.message
    from nightjar.rejects j
    join nightjar.photos p on p.id = j.photo_id and p.superseded_at is null
    join nightjar.model_versions v on v.id = j.model_version_id
    join nightjar.models m on m.id = v.model_id
    order by p.key, model`);
  return { predictions, rejects };
}

/** A run as `nightjar run --json` sums it up. */
export interface ReconciledRun {
  readonly run: string;
  readonly listed: number;
  readonly alreadyDone: number;
  readonly predicted: number;
  readonly rejected: number;
  readonly pending: number;
}

/**
 * Fails unless the run adds up, its row says what its summary says, the rows it wrote are as many as
 * it says, and nothing of any run is left open: no run, no shard of it, no job on the queue.
 */
export async function expectReconciled(database: Queryable, run: ReconciledRun): Promise<void> {
  const { listed, alreadyDone, predicted, rejected, pending } = run;
  expect(alreadyDone + predicted + rejected + pending).toBe(listed);
  const { rows } = await database.query(
    `select listed::int, already_done::int as "alreadyDone", predicted::int, rejected::int, pending::int,
       (select count(*)::int from nightjar.predictions where run_id = r.id) as written,
       (select count(*)::int from nightjar.rejects where run_id = r.id and final) as refused,
       (select count(*)::int from nightjar.shards where run_id = r.id and finished_at is null) as open
     from nightjar.runs r where id = $1`,
    [run.run],
  );
  const counts = { listed, alreadyDone, predicted, rejected, pending };
  expect(rows).toEqual([{ ...counts, written: predicted, refused: rejected, open: 0 }]);
  const { rows: left } = await database.query(
    `select
       (select count(*)::int from nightjar.runs where status in ('queued', 'running')) as runs,
       (select count(*)::int from pgboss.job where state < 'completed') as jobs,
       (select count(*)::int from nightjar.predictions join nightjar.rejects
          using (photo_id, model_version_id)) as both`,
  );
  expect(left).toEqual([{ runs: 0, jobs: 0, both: 0 }]);
}
