-- $1 run. How it ended, for who finds it closed; 0 for what it never knew.
select job, kind, status, error as reason, job_spec ->> 'model' as model,
  case when region_snapshot_id is not null then job_spec ->> 'regions' end as regions,
  coalesce(listed, 0)::integer as listed, coalesce(already_done, 0)::integer as "alreadyDone",
  coalesce(predicted, 0)::integer as predicted, coalesce(rejected, 0)::integer as rejected,
  coalesce(pending, 0)::integer as pending,
  coalesce(extract(epoch from finished_at - started_at), 0)::double precision as seconds
from nightjar.runs
where id = $1
