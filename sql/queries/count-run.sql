-- $1 run; $2 model version; $3 reprocess mode. Where every planned photo of a run stands: each is in
-- exactly one of predicted, rejected, done elsewhere and pending. Two runs may have the same photo in hand:
-- what another one answered since this run began is an outcome too, whatever the reprocess mode.
-- `limit 1` keeps the planner from reading all predictions for a hash: it costs the run's photos, not
-- those of all the years before.
with standing as (
  select
    coalesce((j.run_id = $1 or j.last_rejected_at >= u.started_at) and not j.final, false) as retryable,
    s.finished_at is not null as finished,
    case
      when r.run_id = $1 then 'predicted'
      when j.run_id = $1 and j.final then 'rejected'
      when r.run_id is not null and ($3 <> 'completed' or r.predicted_at >= u.started_at) then 'elsewhere'
      when j.final and ($3 = 'none' or j.last_rejected_at >= u.started_at) then 'elsewhere'
      else 'pending'
    end as state
  from nightjar.runs u
  join nightjar.shards s on s.run_id = u.id
  cross join unnest(s.photo_ids) as planned(photo_id)
  left join lateral (
    select p.run_id, p.predicted_at from nightjar.predictions p
    where p.photo_id = planned.photo_id and p.model_version_id = $2 limit 1) r on true
  left join lateral (
    select k.run_id, k.final, k.last_rejected_at from nightjar.rejects k
    where k.photo_id = planned.photo_id and k.model_version_id = $2 limit 1) j on true
  where u.id = $1
)
select
  count(*) filter (where state = 'predicted')::integer as predicted,
  count(*) filter (where state = 'rejected')::integer as rejected,
  count(*) filter (where state = 'pending' and retryable)::integer as retryable,
  count(*) filter (where state = 'pending')::integer as pending,
  count(*) filter (where state = 'pending' and finished and not retryable)::integer as missing,
  count(*) filter (where state = 'elsewhere')::integer as "doneElsewhere",
  (select count(*) from nightjar.shards s
   where s.run_id = $1 and s.finished_at is null)::integer as "openShards"
from standing
