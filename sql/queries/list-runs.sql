-- $1 how many. The newest first.
select run_id::integer as "run", job, kind, status, skip_reason as "skipReason", trigger,
  logical_time as "logicalTime", started_at as "startedAt", finished_at as "finishedAt",
  case when regions is null then null else regions || '@' || regions_version end as regions,
  model || '@' || model_version as model,
  listed::integer as listed, already_done::integer as "alreadyDone", planned::integer as planned,
  predicted::integer as predicted, rejected::integer as rejected, pending::integer as pending,
  seconds, photos_per_second as "photosPerSecond", error
from nightjar.run_summary
order by run_id desc
limit $1
