import type { Database, Queryable } from '../src/adapters/postgres-database.ts';

/** How large a ledger to make up. */
export interface LedgerSize {
  /** Current photos; in pages of 1,000, the sources taking turns. */
  readonly photos: number;
  readonly sources: number;
  /** Photos at the end that have no outcome yet. */
  readonly pending: number;
}

/** Names and numbers of what was made up. */
export interface FilledLedger {
  /** `s3://bench/0/` … */
  readonly sources: readonly string[];
  readonly modelVersionIds: readonly number[];
  /** A run that is over and whose shards are there. */
  readonly runId: string;
}

const NIGHTS = 30;

/**
 * Fills an empty, migrated database as years of nights would: every photo with a prediction of each
 * of two model versions but for 1% rejects, a tenth of which are tried again; jobs whose latest run
 * used the one version while the other is in production; one run under way.
 */
export async function fillLedger(database: Database, size: LedgerSize): Promise<FilledLedger> {
  const { photos, sources, pending } = size;
  await database.query(`insert into nightjar.models (name) values ('bench')`);
  const { rows: versions } = await database.query<{ id: number }>(
    `insert into nightjar.model_versions (model_id, version, sha256, manifest, labels, added_at)
     select m.id, v::text, 'none', '{}', '[]', now() - interval '2 years'
     from nightjar.models m, generate_series(1, 2) v returning id`,
  );
  const ids = versions.map(({ id }) => id).sort((a, b) => a - b);
  await database.query(
    `insert into nightjar.model_aliases (model_id, alias, model_version_id, promoted_at)
     select model_id, 'production', $1, now() - interval '1 year' from nightjar.model_versions where id = $1`,
    [ids[1]],
  );
  await addPhotos(database, photos, sources);
  await addRuns(database, sources, ids[0] ?? 0);
  for (const id of ids) await addOutcomes(database, id, photos - pending);
  const runId = await addShards(database, photos - pending);
  // As autovacuum does within minutes; the planner is to know what is there.
  for (const table of ['photos', 'predictions', 'rejects', 'runs', 'shards']) {
    await database.query(`vacuum analyze nightjar.${table}`);
  }
  return {
    sources: Array.from({ length: sources }, (_, n) => `s3://bench/${n}/`),
    modelVersionIds: ids,
    runId,
  };
}

async function addPhotos(database: Queryable, photos: number, sources: number): Promise<void> {
  await database.query(
    `insert into nightjar.photos (source, key, etag, size, last_modified, first_listed_at)
     select 's3://bench/' || (i / 1000) % $2 || '/', 'site/IMG_' || lpad(i::text, 8, '0') || '.JPG',
       md5(i::text), 300000, t, t + interval '1 hour'
     from generate_series(0, $1::integer - 1) i,
       lateral (select now() - interval '1 day' * (730 - 730.0 * i / $1) - interval '3 hours' as t) t`,
    [photos, sources],
  );
}

async function addRuns(database: Queryable, sources: number, versionId: number): Promise<void> {
  await database.query(
    `insert into nightjar.runs (job, logical_time, trigger, status, source, model_version_id,
       listed, already_done, predicted, rejected, pending, started_at, finished_at)
     select 'job-' || s, t, 'schedule', 'done', 's3://bench/' || s || '/', $3, 50000, 49000, 990, 10, 0,
       t, t + interval '20 minutes'
     from generate_series(1, $2::integer) night, generate_series(0, $1::integer - 1) s,
       lateral (select date_trunc('day', now()) - interval '1 day' * ($2 - night) as t) t
     order by night, s`,
    [sources, NIGHTS, versionId],
  );
}

/** 99% predictions, 0.9% final rejects, 0.1% to be tried again; spread over two years. */
async function addOutcomes(database: Queryable, versionId: number, photos: number): Promise<void> {
  const values = [versionId, photos];
  await database.query(
    `insert into nightjar.predictions (photo_id, model_version_id, run_id, label, rank, score, decision,
       vision_label, vision_score, fusion, raw_labels, raw_scores, predicted_at)
     select id, $1, 1 + id % 100, 'Vulpes vulpes', 'species', 0.9, 'vision', 'Vulpes vulpes', 0.9, 'none',
       array_fill(1::smallint, array[20]), array_fill(0.05::real, array[20]), first_listed_at
     from nightjar.photos where id <= $2 and id % 100 <> 0`,
    values,
  );
  await database.query(
    `insert into nightjar.rejects (photo_id, model_version_id, run_id, stage, code, message,
       attempts, final, first_rejected_at, last_rejected_at)
     select id, $1, 1 + id % 100, 'extract',
       case when id % 1000 = 0 then 'FETCH_FAILED' else 'IMAGE_EMPTY' end, 'Expected bytes but received none', 1, id % 1000 <> 0, first_listed_at, first_listed_at
     from nightjar.photos where id <= $2 and id % 100 = 0`,
    values,
  );
}

/** A run under way with 20 shards of 500, half of them finished. */
async function addShards(database: Queryable, photos: number): Promise<string> {
  const { rows } = await database.query<{ id: string }>(
    `update nightjar.runs set status = 'running', finished_at = null
     where id = (select max(id) from nightjar.runs) returning id::text`,
  );
  const runId = rows[0]?.id ?? '';
  await database.query(`insert into nightjar.workers (host, pid) values ('bench', 1)`);
  await database.query(
    `insert into nightjar.shards (run_id, index, photo_ids, started_at, finished_at, worker_id)
     select $1, n, array(select $2::bigint - 10000 + n * 500 + i from generate_series(1, 500) i),
       case when n < 12 then now() end, case when n < 10 then now() end,
       case when n < 12 then (select max(id) from nightjar.workers) end
     from generate_series(0, 19) n`,
    [runId, photos],
  );
  return runId;
}
