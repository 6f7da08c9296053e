-- Null for any: $1 job, $2 status, $3 kind; $4 run of the last row of the page before; $5 how many; $6 one
-- run alone. The newest first.
select run_id::text as run, job, kind, status, skip_reason as "skipReason", trigger,
  logical_time as "logicalTime", started_at as "startedAt", finished_at as "finishedAt", source,
  model || '@' || model_version as model, regions || '@' || regions_version as regions,
  listed::double precision as listed, already_done::double precision as "alreadyDone",
  planned::double precision as planned, predicted::double precision as predicted,
  rejected::double precision as rejected, pending::double precision as pending,
  seconds, photos_per_second as "photosPerSecond", attempts, error
from nightjar.run_summary
where ($1::text is null or job = $1) and ($2::text is null or status = $2) and ($3::text is null or kind = $3)
  and ($4::bigint is null or run_id < $4) and ($6::bigint is null or run_id = $6)
order by run_id desc
limit $5
