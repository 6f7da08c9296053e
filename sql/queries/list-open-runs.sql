-- Runs under way with shards that nobody has finished: those that come first first, then the oldest. Also
-- where all of them are in hands: these may be dead, or out of touch.
select r.id::text as "runId", r.model_version_id as "modelVersionId",
  r.region_snapshot_id as "regionSnapshotId", r.job_spec as spec
from nightjar.runs r
where r.status = 'running' and r.job_spec is not null
  and exists (select from nightjar.shards s where s.run_id = r.id and s.finished_at is null)
order by array_position(array['run', 'backfill', 'rescore'], r.kind), r.id
