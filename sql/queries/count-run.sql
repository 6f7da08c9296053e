-- $1 run; $2 model version. Where every planned photo of a run stands: each is in exactly one of
-- predicted, rejected, done elsewhere and pending.
select
  count(*) filter (where r.run_id = $1)::integer as predicted,
  count(*) filter (where r.photo_id is null and j.final and j.run_id = $1)::integer as rejected,
  count(*) filter (where r.photo_id is null and not j.final and j.run_id = $1)::integer as retryable,
  count(*) filter (where r.photo_id is null and j.final is not true)::integer as pending,
  count(*) filter (where r.run_id <> $1
                     or (r.photo_id is null and j.final and j.run_id <> $1))::integer as done_elsewhere,
  (select count(*) from nightjar.shards s
   where s.run_id = $1 and s.finished_at is null)::integer as open_shards
from nightjar.shards s
cross join unnest(s.photo_ids) as planned(photo_id)
left join nightjar.predictions r on r.photo_id = planned.photo_id and r.model_version_id = $2
left join nightjar.rejects j on j.photo_id = planned.photo_id and j.model_version_id = $2
where s.run_id = $1
